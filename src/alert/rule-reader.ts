/** What a rule reads of a row: which of its conditions hold, and the value of its field. */
import { entryAt } from '../model/entry-at.ts';
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { compileFilter, type RowTest } from '../query/compile-filter.ts';
import type { Filter } from '../query/query-tree.ts';
import { type FieldReader, fieldReader } from './field-reader.ts';
import { ROLE } from './kinds/window.ts';
import type { Condition, Rule } from './rule.ts';

export class RuleReader {
  readonly #kind: Rule['kind'];
  readonly #when: RowTest;
  /** `of` of a rate, `next` of a sequence. */
  readonly #second: RowTest | null;
  readonly #valueOf: FieldReader | null;
  /** Entries at which a condition that is a function of a program threw. */
  failedCount = 0;

  constructor(rule: Rule, names: ColumnNames) {
    const second = secondCondition(rule);
    this.#kind = rule.kind;
    this.#when = this.#testOf(rule.when, names);
    this.#second = second === null ? null : this.#testOf(second, names);
    this.#valueOf = 'field' in rule ? fieldReader(rule.field, names) : null;
  }

  /** Bits of `ROLE`; 0: the row does not concern the rule. */
  rolesOf(columns: EntryColumns, row: number): number {
    const when = this.#when(columns, row) ? ROLE.WHEN : 0;
    if (this.#second === null) return when;
    const isSecond = this.#second(columns, row);
    // A rate is of the lines of `of`: others are no part of it, whatever they are.
    if (this.#kind === 'rate') return isSecond ? when | ROLE.SECOND : 0;
    return when | (isSecond ? ROLE.SECOND : 0);
  }

  /** Whether the rule is about a field. */
  get hasField(): boolean {
    return this.#valueOf !== null;
  }

  /** The value of the rule's field; null where the row has none that can be used. */
  valueOf(columns: EntryColumns, row: number): string | null {
    const value = this.#valueOf === null ? null : this.#valueOf(columns, row);
    if (value === null || this.#kind !== 'metric') return value;
    return value.trim() !== '' && Number.isFinite(Number(value)) ? value : null;
  }

  #testOf(condition: Condition, names: ColumnNames): RowTest {
    if (condition.kind === 'query') return compileFilter(condition.filter, names);
    return (columns, row) => {
      try {
        return condition.test(entryAt(columns, row));
      } catch {
        this.failedCount += 1;
        return false;
      }
    };
  }
}

/** A filter that every line that concerns the rule passes; null: none is known. */
export function filterOfRule(rule: Rule): Filter | null {
  if (rule.kind === 'rate') return filterOf(rule.of);
  const when = filterOf(rule.when);
  const second = secondCondition(rule);
  if (second === null || when === null) return when;
  const other = filterOf(second);
  return other === null ? null : { kind: 'or', parts: [when, other] };
}

/** The second condition of kinds that have one. */
function secondCondition(rule: Rule): Condition | null {
  if (rule.kind === 'rate') return rule.of;
  return rule.kind === 'sequence' ? rule.next : null;
}

function filterOf(condition: Condition): Filter | null {
  return condition.kind === 'query' ? condition.filter : null;
}
