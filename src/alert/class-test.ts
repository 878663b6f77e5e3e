/** What source, level and severity of a row alone say of a filter; null: nothing. Compiled once, asked once for each class of rows. */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { compileFilter } from '../query/compile-filter.ts';
import type { Filter } from '../query/query-tree.ts';

export type ClassTest = (columns: EntryColumns, row: number) => boolean | null;

export function compileClassTest(filter: Filter, names: ColumnNames): ClassTest {
  switch (filter.kind) {
    case 'everything':
      return () => true;
    case 'level':
    case 'source':
      return compileFilter(filter, names);
    case 'and':
      return allOf(filter.parts.map((part) => compileClassTest(part, names)));
    case 'or':
      return anyOf(filter.parts.map((part) => compileClassTest(part, names)));
    case 'not': {
      const test = compileClassTest(filter.part, names);
      return (columns, row) => {
        const answer = test(columns, row);
        return answer === null ? null : !answer;
      };
    }
    default:
      return () => null;
  }
}

function allOf(tests: readonly ClassTest[]): ClassTest {
  return (columns, row) => {
    let all: boolean | null = true;
    for (const test of tests) {
      const answer = test(columns, row);
      if (answer === false) return false;
      if (answer === null) all = null;
    }
    return all;
  };
}

function anyOf(tests: readonly ClassTest[]): ClassTest {
  return (columns, row) => {
    let any: boolean | null = false;
    for (const test of tests) {
      const answer = test(columns, row);
      if (answer === true) return true;
      if (answer === null) any = null;
    }
    return any;
  };
}
