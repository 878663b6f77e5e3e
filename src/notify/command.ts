/**
 * Tells a program of the operator's: run with the arguments of the config, with the notification as JSON on standard
 * input. Nothing of a log line is ever an argument, a variable or a file name.
 *
 * Exit code 0: told. Another code, or no end in time: tried again. A program that cannot be run waits for an operator.
 */
import { unreachable } from '../base/assert.ts';
import { runProgram } from '../base/program.ts';
import type { CommandSettings } from '../config/notify-settings.ts';
import { type Attempt, SENT } from './attempt.ts';

/** Never rejects. */
export async function runCommand(
  { name, argv, timeoutMs }: CommandSettings,
  input: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const end = await runProgram(argv, { timeoutMs, signal, input });
  const notSent = (outcome: 'retry' | 'hold', reason: string): Attempt => {
    const error = `Command "${name}" (${argv[0]}) ${reason}`;
    return { outcome, error, isGeneral: false };
  };
  switch (end.kind) {
    case 'done':
      return SENT;
    case 'late':
      return notSent('retry', 'did not end in time');
    case 'failed':
      return notSent('retry', end.reason);
    case 'unable':
      return notSent('hold', `cannot be run: ${end.reason}`);
    default:
      return unreachable(end);
  }
}
