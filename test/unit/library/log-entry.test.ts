/** What an entry says of itself is what a query finds it by. */
import { expect, test } from 'vitest';
import type { LogInput } from '../../../src/library/log-input.ts';
import { Logstead } from '../../../src/library.ts';

test('matchesFilter() looks for a keyword in lists and objects, as queries do', async () => {
  await using logs = await Logstead.open();
  const metadata = { request: { user: { name: 'Anna' } }, steps: [{ step: 'Paid' }, ['sent', 7]] };
  await logs.ingestLog({ message: 'order 17', metadata } as unknown as LogInput);
  const [entry] = (await logs.queryLogs()).entries;
  for (const keyword of ['anna', 'PAID', 'sent', '7', 'object', 'order', 'nobody']) {
    const isFound = (await logs.countLogs({ keyword })) === 1;
    expect([keyword, entry!.matchesFilter({ keyword })]).toEqual([keyword, isFound]);
  }
});
