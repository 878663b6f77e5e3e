/** What is said of a value that an option does not take: what is allowed there, and not somewhere else. */
import { expect, test } from 'vitest';
import { register as importing } from '../../../src/cli/import.ts';
import { register as search } from '../../../src/cli/search.ts';
import { register as selftest } from '../../../src/cli/selftest.ts';
import { register as tail } from '../../../src/cli/tail.ts';
import { CommandScene, type Register } from '../../support/command-line.ts';

const CONTEXT = 'Allowed are whole numbers from 0 to 100.';
const TAG = 'A tag has at least one character; leave --tag out for none.';

const CASES: readonly Readonly<{ args: readonly string[]; register: Register; said: string }>[] = [
  { args: ['search', '-C', '-1', 'a'], register: search, said: CONTEXT },
  { args: ['search', '-A', '101', 'a'], register: search, said: CONTEXT },
  { args: ['search', '-B', 'x', 'a'], register: search, said: CONTEXT },
  {
    args: ['search', '-n', '-1', 'a'],
    register: search,
    said: 'Expected a whole number, 0 for no limit.',
  },
  { args: ['tail', '-n', '-1'], register: tail, said: 'Expected a whole number, 0 for none.' },
  {
    args: ['selftest', '--kills', '1.5'],
    register: selftest,
    said: 'Allowed are whole numbers from 0 to 1000.',
  },
  { args: ['import', '--tag', '', 'a.log'], register: importing, said: TAG },
  { args: ['import', 'a.log', '--tag', 'old', ' '], register: importing, said: TAG },
  {
    args: ['import', '--tag', 'a\nb', 'a.log'],
    register: importing,
    said: 'A tag is one line; give each its own --tag.',
  },
];

test.each(CASES)('$args is refused with what is allowed', async ({ args, register, said }) => {
  using scene = new CommandScene(register, []);
  const { code, stderr } = await scene.run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(`is invalid. ${said}`);
});
