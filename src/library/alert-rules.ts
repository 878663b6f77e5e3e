/** The rules of an embedding program, and whom to call when they find something. */
import { types } from 'node:util';
import type { AlertEvent, HeldBy } from '../alert/alert-event.ts';
import { customRule, type Rule } from '../alert/rule.ts';
import { parseQuery } from '../query/parse-query.ts';
import { checkedRule } from './check-rule.ts';
import { found, functionNamed } from './checks.ts';
import { LogEntry } from './log-entry.ts';
import type { Alert, AlertRule, LogsteadOptions } from './options.ts';

type Known = Readonly<{ given: AlertRule; rule: Rule }>;

/** Events of which notifiers are told; hooks are told of all. */
const TOLD: ReadonlySet<string> = new Set([
  'opened',
  'resolved',
  'released',
  'reminded',
  'worsened',
]);

export class AlertRules {
  readonly #options: LogsteadOptions;
  readonly #rules = new Map<string, Known>();
  readonly #hooks = new Set<(alert: Alert) => void>();
  readonly #underWay = new Set<Promise<void>>();

  private constructor(options: LogsteadOptions) {
    this.#options = options;
  }

  /** With those that the options hold. Throws as `add` does. */
  static of(options: LogsteadOptions, nowMs: number): AlertRules {
    const rules = new AlertRules(options);
    for (const rule of options.rules ?? []) rules.add(rule, nowMs);
    return rules;
  }

  /**
   * Throws QUERY_INVALID; TypeError for a rule that does not say which entries count, names what is not there or has a value
   * of another type; RangeError for a value that cannot be meant. Then the rules are what they were.
   */
  add(asked: AlertRule, nowMs: number): void {
    const given = checkedRule(asked);
    for (const name of given.notify ?? []) {
      if (functionNamed(this.#options.notifiers, name) === undefined) {
        throw new TypeError(`Cannot add the rule "${given.name}": no notifier is called "${name}"`);
      }
    }
    this.#rules.set(given.name, { given, rule: this.#ruleOf(given, nowMs) });
  }

  remove(name: string): void {
    this.#rules.delete(name);
  }

  all(): Rule[] {
    return [...this.#rules.values()].map(({ rule }) => rule);
  }

  addHook(hook: (alert: Alert) => void): () => void {
    this.#hooks.add(hook);
    return () => void this.#hooks.delete(hook);
  }

  tell(events: readonly AlertEvent[]): void {
    for (const event of events) {
      const given = this.#rules.get(event.incident.rule)?.given;
      const alert = alertOf(event, given?.description ?? '');
      for (const hook of this.#hooks) this.#guard(() => hook(alert));
      // In the cooldown nobody is told.
      if (isHeldBack(event) || !TOLD.has(event.name)) continue;
      for (const name of given?.notify ?? []) {
        this.#guard(() => this.#options.notifiers?.[name]?.(alert));
      }
    }
  }

  /** Resolves when every notifier that was called has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #guard(call: () => void | Promise<void>): void {
    const done = (async () => {
      try {
        await call();
      } catch (error) {
        this.#options.onError?.(error);
      }
    })();
    this.#underWay.add(done);
    void done.finally(() => this.#underWay.delete(done));
  }

  #ruleOf(given: AlertRule, nowMs: number): Rule {
    const { name, threshold, windowMs, cooldownMs, severity, description, groupBy } = given;
    const test = this.#conditionOf(given);
    const rule = customRule({
      name,
      test: (entry) => test === null || this.#holds(name, test, LogEntry.of(entry)),
      ...(threshold === undefined ? {} : { threshold }),
      ...(windowMs === undefined ? {} : { windowMs }),
      ...(cooldownMs === undefined ? {} : { cooldownMs }),
      ...(severity === undefined ? {} : { severity }),
      ...(description === undefined ? {} : { description }),
      ...(groupBy === undefined ? {} : { groupBy }),
    });
    if (given.when === undefined) return rule;
    const { filter } = parseQuery(given.when, { nowMs, timezone: 'UTC' });
    return { ...rule, when: { kind: 'query', text: given.when, filter } };
  }

  /** What a condition throws is told, and the entry is none that counts: the rules behind it go on. */
  #holds(name: string, test: (entry: LogEntry) => unknown, entry: LogEntry): boolean {
    try {
      const holds = test(entry);
      if (!types.isPromise(holds)) return Boolean(holds);
      // Its answer comes too late, and whatever it is, a promise counts as true.
      holds.catch(() => {});
      throw new TypeError(
        `Cannot ask the condition of the rule "${name}": it gave a promise: expected true or false at once`,
      );
    } catch (error) {
      this.#options.onError?.(error);
      return false;
    }
  }

  #conditionOf(given: AlertRule): ((entry: LogEntry) => boolean) | null {
    const { name, when, condition, kind, parameters = {} } = given;
    if ([when, condition, kind].filter((one) => one !== undefined).length !== 1) {
      throw new TypeError(`Cannot add the rule "${name}": give one of when, condition, kind`);
    }
    if (kind === undefined) return condition ?? null;
    const { ruleKinds = {} } = this.#options;
    const makeCondition = functionNamed(ruleKinds, kind);
    if (makeCondition === undefined) {
      const known = Object.keys(ruleKinds).join(', ');
      throw new TypeError(`Cannot add the rule "${name}": no rule kind "${kind}"; known: ${known}`);
    }
    const made: unknown = makeCondition(parameters);
    if (typeof made === 'function') return made as (entry: LogEntry) => boolean;
    throw new TypeError(
      `Cannot add the rule "${name}": its rule kind "${kind}" gave ${found(made)}: expected a function`,
    );
  }
}

/** Entries were old when they came: that is for the program to judge. */
const OLD: ReadonlySet<HeldBy> = new Set(['backfill', 'digest']);

/** Notifiers of the program stand for a channel of their own: the rule need not have another. */
function isHeldBack({ heldBy }: AlertEvent): boolean {
  return heldBy !== null && heldBy !== 'told' && heldBy !== 'untold' && !OLD.has(heldBy);
}

function alertOf({ name, incident }: AlertEvent, description: string): Alert {
  return {
    id: incident.id,
    event: name,
    rule: incident.rule,
    severity: incident.severity,
    description,
    group: incident.group,
    count: incident.count,
    openedAt: new Date(incident.openedAtMs),
    resolvedAt: incident.resolvedAtMs === null ? null : new Date(incident.resolvedAtMs),
  };
}
