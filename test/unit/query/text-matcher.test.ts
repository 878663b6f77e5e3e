/** What the search in bytes takes for granted. What it finds: `test/property/query-language.test.ts`. */
import { expect, test } from 'vitest';
import { compileTextTest } from '../../../src/query/text-matcher.ts';

test.each(['phrase', 'prefix', 'suffix', 'infix'] as const)(
  'compileTextTest() never looks for no text at all: as a %s it would not end',
  (kind) => {
    expect(() => compileTextTest({ kind, text: '' })).toThrow('a text that is looked for');
  },
);
