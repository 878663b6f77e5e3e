/** Threads that are ended while they do what Node cannot have interrupted; each in a process of its own, which would abort. */
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
});
