/** Under which key the state of each rule is kept, and its incidents are numbered; in which order rules are asked. */
import { type Rule, windowKeyOf } from './rule.ts';

/**
 * Each rule with the key of its state. Rules that find the same under other names are told apart by the name:
 * all but the first in order of names, so that the order in the config does not matter.
 */
export function keyed(rules: readonly Rule[]): (readonly [ruleKey: string, rule: Rule])[] {
  const taken = new Set<string>();
  const byName = [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
  return byName.map((rule) => {
    const windowKey = windowKeyOf(rule);
    const ruleKey = taken.has(windowKey) ? `${windowKey}:${rule.name}` : windowKey;
    taken.add(windowKey);
    return [ruleKey, rule] as const;
  });
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
