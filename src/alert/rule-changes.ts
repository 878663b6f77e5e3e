/**
 * How one set of rules follows another, over a restart and a reload: which rules go on with their state, which begin warm,
 * and which are gone.
 *
 * - State and incidents belong to what a rule finds (its key), not to its name.
 * - An open incident goes on under a rule of the same name that finds something else, where its trouble is still true.
 * - What the rules before left to be written is kept until it is: `unsaved`, then `markSaved`.
 */
import { OperatorError } from '../base/errors.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertEvent } from './alert-event.ts';
import { IncidentBook } from './incident-book.ts';
import type { Item } from './moment.ts';
import type { Rule } from './rule.ts';
import { type KeysBefore, keyed } from './rule-keys.ts';
import { RuleRun, type RuleRunOptions } from './rule-run.ts';
import type { SavedAlerts, SavedRun, UnsavedAlerts } from './saved-alerts.ts';
import {
  countsNewest,
  lookBackUs,
  type OpenIncidents,
  type StoredBatch,
  type StoredLines,
  watchedSinceUs,
} from './warm-start.ts';

/** The rules that run so far, the moment at which others take their place, and what is stored until then. */
type Change = Readonly<{ runs: readonly RuleRun[]; item: Item; stored: StoredLines | null }>;

/** The rules from here on, and what is said of that. */
export type ChangedRules = Readonly<{ runs: readonly RuleRun[]; events: AlertEvent[] }>;

type StartOptions = {
  saved: SavedAlerts | null;
  only: ReadonlySet<string> | null;
  keys: KeysBefore | null;
};

export class RuleChanges {
  readonly #names: ColumnNames;
  readonly #options: Omit<RuleRunOptions, 'ruleKey'>;
  #removedRuleKeys: string[] = [];
  /** Incidents of removed rules that go on under others. */
  #keptIncidents = new Set<string>();
  /** Rules that began without the state of the run before, by their keys; and what that left of rules that are gone. */
  #begunCold: ReadonlySet<string> = new Set();
  #goneBefore: readonly SavedRun[] = [];
  /** Unsaved numbers of incidents from before the last `reconfigure`. */
  #carried: Incident[] = [];

  constructor(names: ColumnNames, options: Omit<RuleRunOptions, 'ruleKey'>) {
    this.#names = names;
    this.#options = options;
  }

  /**
   * The first rules, each with what was saved of it. `only`: by name; the others lend their keys. `keys`: those that rules
   * have, where `saved` does not say it.
   */
  start(rules: readonly Rule[], { saved, only, keys }: Readonly<StartOptions>): RuleRun[] {
    const savedRuns = new Map(saved?.runs ?? []);
    const before = keys ?? new Map([...savedRuns].map(([key, { ruleName }]) => [key, ruleName]));
    const runs = keyed(rules, before)
      .filter(([, { name }]) => only === null || only.has(name))
      .map(([ruleKey, rule]) => this.#runOf(rule, ruleKey, savedRuns.get(ruleKey) ?? null));
    const ruleKeys = new Set(runs.map(({ ruleKey }) => ruleKey));
    this.#removedRuleKeys = [...savedRuns.keys()].filter((ruleKey) => !ruleKeys.has(ruleKey));
    if (saved === null) return runs;
    this.#begunCold = new Set([...ruleKeys].filter((ruleKey) => !savedRuns.has(ruleKey)));
    this.#goneBefore = this.#removedRuleKeys.map((ruleKey) => savedRuns.get(ruleKey)!);
    return runs;
  }

  /** Whether there is something for `warmStart`: rules that are new, or gone. */
  get hasChangedBefore(): boolean {
    return this.#begunCold.size > 0 || this.#goneBefore.length > 0;
  }

  /** Rules that began with nothing, since they are new or find something else than before `start`, begin anew, warm. */
  warmStart({ runs, item, stored }: Change): ChangedRules {
    const gone = new Map(this.#goneBefore.map((saved) => [saved.ruleName, saved]));
    const begunCold = this.#begunCold;
    this.forgetBefore();
    const warm: RuleRun[] = [];
    const next = runs.map((run) => {
      const { rule, ruleKey } = run;
      if (!begunCold.has(ruleKey)) return run;
      const armedUs = gone.get(rule.name)?.armedUs ?? null;
      const begun = this.#warmRun(rule, ruleKey, { armedUs, item, stored });
      begun.markUnsaved();
      warm.push(begun);
      return begun;
    });
    const events = this.#announceWarm(warm, item, (name) => openIncidentsOf(gone.get(name)));
    return { runs: next, events };
  }

  /** What was true before the start is not asked for any more. */
  forgetBefore(): void {
    this.#goneBefore = [];
    this.#begunCold = new Set();
  }

  /** Other rules. Those that find what one of `runs` finds go on with its state; the others begin warm. */
  reconfigure(rules: readonly Rule[], { runs, item, stored }: Change): ChangedRules {
    const old = new Map(runs.map((run) => [run.ruleKey, run]));
    this.#carried.push(...runs.flatMap((run) => run.unsavedIncidents()));
    const rulesByKey = keyed(rules, new Map(runs.map((run) => [run.ruleKey, run.rule.name])));
    const ruleKeys = new Set(rulesByKey.map(([ruleKey]) => ruleKey));
    const gone = runs.filter((run) => !ruleKeys.has(run.ruleKey));
    const goneByName = new Map(gone.map((run) => [run.rule.name, run]));
    const cold: RuleRun[] = [];
    const next = rulesByKey.map(([ruleKey, rule]) => {
      const saved = old.get(ruleKey)?.save(item.readCompleteUs) ?? null;
      const armedUs = goneByName.get(rule.name)?.armedUs ?? null;
      const run =
        saved === null
          ? this.#warmRun(rule, ruleKey, { armedUs, item, stored })
          : this.#runOf(rule, ruleKey, saved);
      if (saved === null) cold.push(run);
      run.markUnsaved();
      return run;
    });
    const events = this.#announceWarm(cold, item, (name) => goneByName.get(name)?.openIncidents());
    for (const run of gone) events.push(...run.close(item, this.#keptIncidents));
    this.#removedRuleKeys.push(...gone.map(({ ruleKey }) => ruleKey));
    return { runs: next, events };
  }

  /** What changes of rules left to be written since `markSaved`. */
  unsaved(): Pick<UnsavedAlerts, 'removedRuleKeys' | 'keptIncidents' | 'incidents'> {
    return {
      removedRuleKeys: [...this.#removedRuleKeys],
      keptIncidents: [...this.#keptIncidents],
      incidents: [...this.#carried],
    };
  }

  markSaved(): void {
    this.#removedRuleKeys = [];
    this.#keptIncidents = new Set();
    this.#carried = [];
  }

  /** A rule that has no state begins with what is stored; where that is too much, with the newest of it, or with nothing. */
  #warmRun(
    rule: Rule,
    ruleKey: string,
    { armedUs, item, stored }: Omit<Change, 'runs'> & Readonly<{ armedUs: number | null }>,
  ): RuleRun {
    const { readCompleteUs } = item;
    if (stored !== null && Number.isFinite(readCompleteUs)) {
      const run = this.#runOf(rule, ruleKey, null);
      const lines = (): Iterable<StoredBatch> => stored(rule, readCompleteUs - lookBackUs(rule));
      try {
        const sinceUs = watchedSinceUs(lines(), rule, readCompleteUs);
        const newest = countsNewest(rule) ? run.newestLines(lines(), readCompleteUs) : null;
        // One that does not know all there is learns anew, also where it was changed: it would cry about what is old.
        const knownSinceUs =
          rule.kind === 'new' && newest?.isWhole === false ? readCompleteUs : armedUs;
        run.arm(readCompleteUs, Math.min(knownSinceUs ?? sinceUs, sinceUs));
        run.warmUp(newest?.batches ?? lines(), readCompleteUs);
        return run;
      } catch (thrown) {
        if (!(thrown instanceof OperatorError) || thrown.code !== 'QUERY_STOPPED') throw thrown;
      }
    }
    return this.#runOf(rule, ruleKey, null);
  }

  /** What is true under rules that begin. `openBefore`: what is open under a rule of this name that is gone. */
  #announceWarm(
    cold: readonly RuleRun[],
    item: Item,
    openBefore: (ruleName: string) => OpenIncidents | undefined,
  ): AlertEvent[] {
    const events: AlertEvent[] = [];
    const moment = { item, events };
    for (const run of cold) {
      if (run.armedUs === null) continue;
      const kept = run.announceWarm(openBefore(run.rule.name) ?? new Map(), moment);
      for (const id of kept) this.#keptIncidents.add(id);
    }
    return events;
  }

  #runOf(rule: Rule, ruleKey: string, saved: SavedRun | null): RuleRun {
    const run = new RuleRun(rule, this.#names, { ...this.#options, ruleKey });
    if (saved !== null) run.restore(saved);
    return run;
  }
}

/** Open incidents by group, of a rule that is gone since it was saved. */
function openIncidentsOf(saved: SavedRun | undefined): OpenIncidents {
  return new Map(
    (saved?.groups ?? []).map(([key, { incidents }]) => {
      const book = new IncidentBook(0, incidents);
      return [key, book.incidents.filter(({ phase }) => phase === 'open')];
    }),
  );
}
