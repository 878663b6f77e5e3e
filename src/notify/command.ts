/**
 * The door to programs of the operator's: run with the arguments of the config, without a shell, with the notification
 * as JSON on standard input. Nothing of a log line is ever an argument, a variable or a file name.
 *
 * Exit code 0: told. Another code, or no end in time: tried again. A program that cannot be run waits for an operator.
 */
import { spawn } from 'node:child_process';
import { signalWithin } from '../base/clock.ts';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { escapeLine } from '../base/escape.ts';
import type { CommandSettings } from '../config/notify-settings.ts';
import { type Attempt, SENT } from './attempt.ts';

/** What is kept of its error output: the end says why. */
const ERROR_CHARACTERS_MAX = 300;

/** Without the daemon's own variables: secrets may be among them. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** Never rejects. */
export async function runCommand(
  { name, argv, timeoutMs }: CommandSettings,
  input: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const [program, ...words] = argv;
  const stop = signalWithin(signal, timeoutMs);
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      env: ENVIRONMENT,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'pipe'],
      signal: stop,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-ERROR_CHARACTERS_MAX);
    });
    const fail = (outcome: 'retry' | 'hold', reason: string): void => {
      const error = `Command "${name}" (${program}) ${reason}`;
      resolve({ outcome, error, isGeneral: false });
    };
    child.once('error', (cause) => {
      if (stop.aborted) fail('retry', 'did not end in time');
      else fail('hold', `cannot be run: ${systemCodeOf(cause) ?? messageOf(cause)}`);
    });
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve(SENT);
      else if (stop.aborted) fail('retry', 'did not end in time');
      else fail('retry', `ended with ${killedBy ?? `code ${code}`}: ${escapeLine(said.trim())}`);
    });
    // A program that does not read its input is fine.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
