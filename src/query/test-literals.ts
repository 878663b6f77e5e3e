/** Texts by which rows that may pass a test are found by their bytes alone, before each is looked at as a whole. */
import { partsOf } from './name-pattern.ts';
import type { FieldTest } from './query-tree.ts';
import { longestOf, regexLiterals } from './regex-literals.ts';

/** What passes `test` holds one of these, not folded; empty: none is known. */
export function testLiterals(test: FieldTest): string[] {
  switch (test.kind) {
    case 'phrase':
    case 'prefix':
    case 'suffix':
    case 'infix':
      return [test.text];
    case 'equals':
      return [test.value];
    case 'pattern':
      return [longestOf(partsOf(test.pattern))];
    case 'regex':
      return regexLiterals(test.source).map(longestOf);
    default:
      return [];
  }
}
