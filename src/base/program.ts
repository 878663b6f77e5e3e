/**
 * Programs of the operator's, run to their end: with the arguments of the config, without a shell, and without the
 * daemon's own variables.
 *
 * A program has ended when itself has. What it left in the background may hold its error output for days: nobody waits
 * for that, and it keeps no process from ending. One that is late is killed with all that it started and waits for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { signalWithin, systemClock } from './clock.ts';
import { messageOf, systemCodeOf } from './errors.ts';
import { escapeLine } from './escape.ts';

export type ProgramRun = Readonly<{
  timeoutMs: number;
  /** Ends it before its time. */
  signal?: AbortSignal;
  /** For its standard input; absent: it has none. */
  input?: string;
}>;

/** `done`: it ended with 0; `failed`: with anything else; `late`: it was killed; `unable`: it could not be started. */
export type ProgramEnd =
  | Readonly<{ kind: 'done' | 'late' }>
  | Readonly<{ kind: 'failed' | 'unable'; reason: string }>;

/** What is kept of its error output: the end says why. */
const SAID_CHARACTERS_MAX = 300;

/** What a program said last is read within this time of its end, though others hold the pipe. */
const LAST_WORDS_MS_MAX = 200;

/** Without the daemon's own variables: secrets may be among them. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** Never rejects. */
export function runProgram(
  argv: readonly [string, ...string[]],
  { timeoutMs, signal = AbortSignal.any([]), input }: ProgramRun,
): Promise<ProgramEnd> {
  const stop = signalWithin(signal, timeoutMs);
  return new Promise((resolve) => {
    const unable = (cause: unknown): void =>
      resolve({ kind: 'unable', reason: systemCodeOf(cause) ?? messageOf(cause) });
    let child: ChildProcess;
    try {
      child = started(argv, input !== undefined);
    } catch (cause) {
      unable(cause);
      return;
    }
    const tooLate = (): void => {
      release(child);
      killGroup(child);
      resolve({ kind: 'late' });
    };
    if (stop.aborted) tooLate();
    stop.addEventListener('abort', tooLate, { once: true });
    child.once('error', (cause) => {
      release(child);
      stop.removeEventListener('abort', tooLate);
      unable(cause);
    });
    // A program that does not read its input is fine.
    child.stdin?.on('error', () => {}).end(input);
    const said = lastWordsOf(child);
    child.once('exit', (code, killedBy) => {
      release(child);
      stop.removeEventListener('abort', tooLate);
      if (code === 0) resolve({ kind: 'done' });
      else if (stop.aborted) resolve({ kind: 'late' });
      else void said().then((words) => resolve(failed(killedBy ?? `code ${code}`, words)));
    });
  });
}

/** In a process group of its own, so that it can be killed as a whole. */
function started([program, ...words]: readonly [string, ...string[]], hasInput: boolean) {
  return spawn(program, words, {
    env: ENVIRONMENT,
    cwd: '/',
    stdio: [hasInput ? 'pipe' : 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
}

/** A script that is killed alone leaves what it waits for, one with each try. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or is another user's by now.
  }
}

/** The end of its error output, once it has ended. */
function lastWordsOf(child: ChildProcess): () => Promise<string> {
  let said = '';
  const closed = new AbortController();
  child.once('close', () => closed.abort());
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS_MAX);
  });
  return async () => {
    await systemClock.sleep(LAST_WORDS_MS_MAX, { signal: closed.signal });
    return said;
  };
}

function failed(how: string, said: string): ProgramEnd {
  const words = escapeLine(said.trim());
  return { kind: 'failed', reason: `ended with ${how}${words === '' ? '' : `: ${words}`}` };
}

/** Its pipes stay open, and are read: what runs in the background would be ended by the first word it writes. */
function release(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdin, child.stderr] as (Socket | null | undefined)[]) pipe?.unref();
}
