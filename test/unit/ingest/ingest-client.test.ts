/** What stopping says of an ingest thread that does not close in time; each in a process of its own, whose threads are looked at. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ScriptProcess } from '../../support/script-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const SOURCES = pathToFileURL(join(import.meta.dirname, '../../../src/')).href;
/** Of a clock that goes so much faster, for a stop that takes seconds. */
const SPEED = 10;

for (const [what, closing, said] of [
  ['is at work', 'for (;;);', /too busy to commit in time .* read again at the next start/],
  [
    'waits for what does not come',
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
    // Its wait is one that can be ended, unless the machine is too slow for it.
    /^stopped$|has not ended \(a read that the system does not give back\?\)/,
  ],
] as const) {
  test(`a thread that ${what} when it is to close is waited for accordingly`, async () => {
    using folder = TempFolder.make();
    const program = folder.write(
      'ingest.ts',
      `import { parentPort } from 'node:worker_threads';
       import { ThreadCalls } from '${SOURCES}base/thread-call.ts';
       new ThreadCalls(parentPort, { handlers: { open: () => null, close: () => { ${closing} } } });`,
    );
    await using process = await ScriptProcess.start(
      `import { systemClock } from '${SOURCES}base/clock.ts';
       import { openLog } from '${SOURCES}base/log.ts';
       import { Thread } from '${SOURCES}base/thread.ts';
       import { IngestClient } from '${SOURCES}ingest/ingest-client.ts';
       const clock = {
         ...systemClock,
         monotonicMs: () => systemClock.monotonicMs() * ${SPEED},
         sleep: (ms, options) => systemClock.sleep(ms / ${SPEED}, options),
       };
       const worker = Thread.start(new URL('${pathToFileURL(program).href}'), { execArgv: [] });
       const log = openLog({ level: 'warn', descriptor: 1, style: 'json', colour: false });
       const client = await IngestClient.start({
         clock, log, settings: { clickhouse: null, email: null }, workerLog: {}, onOutbox: () => {},
         thread: { worker, ended: new Promise((resolve) => worker.once('exit', () => resolve(null))) },
       });
       await client[Symbol.asyncDispose]();
       console.log('stopped');`,
    );
    expect(await process.line()).toMatch(said);
  });
}
