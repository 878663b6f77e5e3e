/** What `trace` prints for people: each fact is a name, blanks and a text. */
import { expect, test } from 'vitest';
import type { PlaceFate } from '../../../src/cli/trace.ts';
import { placeText } from '../../../src/cli/trace-output.ts';

const PLACE = {
  generation: 3,
  path: '/logs/app.log',
  state: 'live',
  line: 99_999,
  offsetBytes: null,
  archivePath: '/archives/app.log',
} as const;

const FATES: readonly PlaceFate[] = [
  { ...PLACE, fate: 'not read', reason: 'its reason' },
  { ...PLACE, fate: 'not committed', reason: 'its reason' },
  { ...PLACE, fate: 'removed', reason: 'its reason' },
  { ...PLACE, fate: 'unknown', reason: 'its reason' },
];

test.each(FATES)('placeText() sets "$fate" apart from what is said of it', (found) => {
  const [head, fact, archived] = placeText(found).split('\n');
  expect(head).toBe('line 99,999 of /logs/app.log (generation 3, live)');
  expect(fact).toBe(`  ${found.fate.padEnd(14)}its reason`);
  expect(archived).toBe('  archived      /archives/app.log');
});
