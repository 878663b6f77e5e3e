import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { runProgram } from '../../../src/base/program.ts';
import { ScriptProcess } from '../../support/script-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../src/base/program.ts')).href;

test('runProgram() ends with what it was told, though others hold its output', async () => {
  const run = (line: string, timeoutMs = 20_000): ReturnType<typeof runProgram> =>
    runProgram(['/bin/sh', '-c', line], { timeoutMs });
  expect(await run('exit 0')).toEqual({ kind: 'done' });
  expect(await run('sleep 10 & echo a >&2; exit 3')).toEqual({
    kind: 'failed',
    reason: 'ended with code 3: a',
  });
  expect(await run('sleep 10 & sleep 10; exit 0', 200)).toEqual({ kind: 'late' });
  expect(await runProgram(['/bin/no\0such'], { timeoutMs: 1_000 })).toMatchObject({
    kind: 'unable',
  });
});

test('runProgram() kills what a script waits for with the script that is late', async () => {
  using folder = TempFolder.make();
  const pidPath = folder.join('pid');
  // The pipe of its error output is held as well.
  const line = '/bin/sh -c \'echo $$ > "$0"; exec sleep 600\' "$0"; exit 0';
  const run = { timeoutMs: 1_000, input: '{}' };
  expect(await runProgram(['/bin/sh', '-c', line, pidPath], run)).toEqual({ kind: 'late' });
  const pid = readFileSync(pidPath, 'utf8').trim();
  await waitFor(() => !existsSync(`/proc/${pid}`));
  const already = { ...run, signal: AbortSignal.abort() };
  expect(await runProgram(['/bin/sleep', '600'], already)).toEqual({ kind: 'late' });
});

test('runProgram() leaves what runs in the background alone, also when it has something to say', async () => {
  using folder = TempFolder.make();
  const mark = folder.join('mark');
  const line = '(sleep 0.3; echo late >&2; sleep 0.1; echo later >&2; touch "$0") & exit 0';
  const end = await runProgram(['/bin/sh', '-c', line, mark], { timeoutMs: 5_000 });
  expect(end).toEqual({ kind: 'done' });
  await waitFor(() => existsSync(mark));
});

test('runProgram() keeps no process from ending', async () => {
  const startedMs = systemClock.monotonicMs();
  await using process = await ScriptProcess.start(
    `import { runProgram } from '${MODULE}';
     const argv = ['/bin/sh', '-c', 'sleep 20 & exit 0'];
     console.log((await runProgram(argv, { timeoutMs: 1_000, input: '{}' })).kind);`,
  );
  expect(await process.line()).toBe('done');
  expect(await process.line()).toBeUndefined();
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(15_000);
});
