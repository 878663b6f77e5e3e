/** Under which key the state of each rule is kept, and its incidents are numbered; in which order rules are asked. */
import { type Rule, windowKeyOf } from './rule.ts';

/** Which name has which key, as far as rules ran before. */
export type KeysBefore = ReadonlyMap<string, string>;

/**
 * Each rule with the key of its state, in order of names. Rules that find the same are told apart by the name: whichever ran
 * before keeps its key, so that one goes on where another comes or goes; a name that is new takes what one that is gone has
 * left. Else all but the first in order of names have the name in the key: the order in the config does not matter.
 */
export function keyed(
  rules: readonly Rule[],
  before: KeysBefore = new Map(),
): (readonly [ruleKey: string, rule: Rule])[] {
  const byName = [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
  const windowKeys = new Map(byName.map((rule) => [rule, windowKeyOf(rule)]));
  const keys = new Map<Rule, string>();
  const left = new Map(before);
  const take = (rule: Rule, ruleKey: string): void => {
    keys.set(rule, ruleKey);
    left.delete(ruleKey);
  };
  for (const rule of byName) {
    const own = keysOf(windowKeys.get(rule)!, left).find((key) => left.get(key) === rule.name);
    if (own !== undefined) take(rule, own);
  }
  for (const rule of byName) {
    if (keys.has(rule)) continue;
    const windowKey = windowKeys.get(rule)!;
    const [free] = keysOf(windowKey, left);
    take(rule, free ?? newKeyOf(windowKey, rule.name, new Set(keys.values())));
  }
  return byName.map((rule) => [keys.get(rule)!, rule] as const);
}

/** Those of rules that find the same. */
function keysOf(windowKey: string, before: KeysBefore): string[] {
  return [...before.keys()].filter((key) => key === windowKey || key.startsWith(`${windowKey}:`));
}

/** One that is renamed keeps its key, which has the name it had: another of that name needs another key. */
function newKeyOf(windowKey: string, name: string, taken: ReadonlySet<string>): string {
  let ruleKey = windowKey;
  while (taken.has(ruleKey))
    ruleKey = ruleKey === windowKey ? `${windowKey}:${name}` : `${ruleKey}:`;
  return ruleKey;
}

/** Rules behind those that keep them quiet. The config has no circles. */
export function parentsFirst<T extends Readonly<{ rule: Rule }>>(runs: readonly T[]): T[] {
  const depthOf = (run: T, seen: readonly string[] = []): number => {
    const { name, inhibitedBy } = run.rule;
    if (seen.includes(name)) return 0;
    const parents = runs.filter(({ rule }) => inhibitedBy.includes(rule.name));
    return 1 + Math.max(0, ...parents.map((parent) => depthOf(parent, [...seen, name])));
  };
  const depths = new Map(runs.map((run) => [run, depthOf(run)]));
  return [...runs].sort((a, b) => depths.get(a)! - depths.get(b)!);
}
