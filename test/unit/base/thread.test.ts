/** Threads that are ended while they do what Node cannot have interrupted; each in a process of its own, which would abort. */
import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ScriptProcess } from '../../support/script-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const BASE = pathToFileURL(join(import.meta.dirname, '../../../src/base/')).href;

/** Threads that a process ends; where nothing held them back it would abort within the first few. */
const ENDED_COUNT = 40;

describe('Thread', () => {
  for (const make of ['createZstdDecompress().destroy()', "zstdCompressSync(Buffer.from('a'))"])
    test(`is ended in the middle of ${make}, and the process goes on`, async () => {
      using folder = TempFolder.make();
      const program = folder.write(
        'maker.ts',
        `import { createZstdDecompress, zstdCompressSync } from '${BASE}compression.ts';
         for (;;) ${make};`,
      );
      await using process = await ScriptProcess.start(
        `import { Thread } from '${BASE}thread.ts';
         for (let count = 0; count < ${ENDED_COUNT}; count += 1) {
           const thread = Thread.start(new URL('${pathToFileURL(program).href}'), { execArgv: [] });
           await new Promise((resolve) => thread.once('online', resolve));
           await new Promise((resolve) => setTimeout(resolve, 40 + count));
           await thread.end();
         }
         console.log('all ended');`,
      );
      expect(await process.line()).toBe('all ended');
    });

  test('gives way to the main thread, whichever thread started it', async () => {
    using folder = TempFolder.make();
    // Behind the name, which may hold anything: state and 15 numbers come before the nice value.
    const nice = `Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ').at(-1).split(' ')[16])`;
    const imports = `import { readFileSync } from 'node:fs';
      import { parentPort, workerData } from 'node:worker_threads';
      import { Thread } from '${BASE}thread.ts';`;
    const program = folder.write(
      'worker.ts',
      `${imports}
       const tell = (inner) => parentPort.postMessage([${nice}, ...inner]);
       if (workerData === 'inner') tell([]);
       else Thread.start(new URL(import.meta.url), { workerData: 'inner', execArgv: [] }).once('message', tell);`,
    );
    await using child = await ScriptProcess.start(
      `${imports}
       const thread = Thread.start(new URL('${pathToFileURL(program).href}'), { execArgv: [] });
       const nices = await new Promise((resolve) => thread.once('message', resolve));
       console.log(JSON.stringify([${nice}, ...nices]));`,
    );
    const own = getPriority();
    const nicer = Math.min(19, own + 3);
    expect(JSON.parse((await child.line()) ?? '')).toEqual([own, nicer, nicer]);
  });

  test('is ended where it never comes back, twice, and behind its end', async () => {
    using folder = TempFolder.make();
    const program = folder.write('busy.mjs', 'for (;;);');
    await using process = await ScriptProcess.start(
      `import { Thread } from '${BASE}thread.ts';
       const thread = Thread.start(new URL('${pathToFileURL(program).href}'), { execArgv: [] });
       await new Promise((resolve) => thread.once('online', resolve));
       await Promise.all([thread.end(), thread.end()]);
       await thread.end();
       console.log('ended');`,
    );
    expect(await process.line()).toBe('ended');
  });

  test('is waited for no longer than it may, where the system does not give back what it reads', async () => {
    using folder = TempFolder.make();
    const pipe = folder.join('pipe');
    execFileSync('mkfifo', [pipe]);
    // Nobody writes to the pipe: opening it never ends, as on a network mount that hangs.
    const held = folder.write(
      'held.mjs',
      `import { open } from 'node:fs/promises'; await open(${JSON.stringify(pipe)});`,
    );
    const idle = folder.write('idle.mjs', 'setInterval(() => {}, 1_000);');
    const startOf = (path: string): string =>
      `Thread.start(new URL('${pathToFileURL(path).href}'), { execArgv: [] })`;
    await using process = await ScriptProcess.start(
      `import { Thread } from '${BASE}thread.ts';
       import { systemClock } from '${BASE}clock.ts';
       const threads = [${startOf(held)}, ${startOf(idle)}];
       await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('online', resolve))));
       await new Promise((resolve) => setTimeout(resolve, 500));
       const ends = [threads[0].endWithin(systemClock, 200), threads[1].endWithin(systemClock, 20_000)];
       console.log(JSON.stringify(await Promise.all(ends)));`,
    );
    expect(await process.line()).toBe('[false,true]');
    // What waits at the pipe goes with the process, which only a signal ends.
  });
});
