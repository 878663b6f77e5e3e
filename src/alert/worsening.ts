/**
 * Whether trouble that was acknowledged got worse: the same rule with its limit times `worse` (or that part of it, where
 * less is worse), watched from the acknowledgement on. Kinds without a limit, and limits of 0, never get worse.
 */
import { IncidentBook } from './incident-book.ts';
import { openWindow, type WindowContext } from './kinds/open-window.ts';
import type { Match, Window } from './kinds/window.ts';
import { firesAtOnce, type Rule } from './rule.ts';

const PERCENT_MAX = 100;

export class Worsening {
  readonly #window: Window;
  readonly #book = new IncidentBook(0);
  readonly #isAtOnce: boolean;

  private constructor(rule: Rule, window: Window) {
    this.#window = window;
    this.#isAtOnce = firesAtOnce(rule);
  }

  /** `state`: of the rule's own window when it was acknowledged, or what `save` gave. Null: it cannot get worse. */
  static open(rule: Rule, context: WindowContext, state: unknown): Worsening | null {
    const worse = worseRule(rule);
    return worse === null ? null : new Worsening(worse, openWindow(worse, context, fresh(state)));
  }

  get dueUs(): number {
    return this.#window.dueUs;
  }

  get hasHappened(): boolean {
    return this.#book.incidents.length > 0;
  }

  add(match: Match): void {
    this.#window.add(match, this.#book);
  }

  decide(horizonUs: number): void {
    if (!this.#isAtOnce) this.#window.decide(horizonUs, this.#book);
  }

  save(): unknown {
    return this.#window.save();
  }
}

/** The trouble that goes on is not said to the new book: only what is worse is. */
function fresh(state: unknown): unknown {
  if (state === null || typeof state !== 'object' || Array.isArray(state)) return state;
  return {
    ...state,
    ...('isSilent' in state ? { isSilent: false } : {}),
    ...('isBelow' in state ? { isBelow: false } : {}),
  };
}

/** The rule with the limit where it is worse; null: there is none. */
export function worseRule(rule: Rule): Rule | null {
  const { worse } = rule;
  switch (rule.kind) {
    case 'threshold':
      return { ...rule, threshold: Math.ceil(rule.threshold * worse) };
    case 'cardinality':
      return rule.comparison === 'atLeast'
        ? { ...rule, distinct: Math.ceil(rule.distinct * worse) }
        : lowered(rule, Math.floor(rule.distinct / worse));
    case 'absence':
      // The schedule says when it is missed at all; longer than that nobody can miss it.
      return rule.schedule === null
        ? { ...rule, silenceUs: Math.round(rule.silenceUs * worse) }
        : null;
    case 'rate':
      return rule.percent >= PERCENT_MAX
        ? null
        : { ...rule, percent: Math.min(PERCENT_MAX, rule.percent * worse) };
    case 'metric':
      return limitBeyond(rule);
    case 'spike':
    case 'drop':
      return { ...rule, ratio: rule.ratio * worse };
    default:
      return null;
  }
}

function lowered<R extends Rule & { kind: 'cardinality' }>(rule: R, distinct: number): R | null {
  return distinct < 1 ? null : { ...rule, distinct };
}

/** Farther from what is good, on the same side of 0: `> -10` is worse above -2.5, `< -10` below -40. Nothing is times 0. */
function limitBeyond<R extends Rule & { kind: 'metric' }>(rule: R): R | null {
  const { comparison, limit, worse } = rule;
  if (limit === 0) return null;
  const isAwayFromZero = (comparison === '>') === limit > 0;
  return { ...rule, limit: isAwayFromZero ? limit * worse : limit / worse };
}
