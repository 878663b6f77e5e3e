/**
 * Tells a writer to open its log files anew: a signal for the process of a pid file, or a program of the operator's, run with
 * the arguments of the config and without a shell. Nothing of a log line or a file name is ever an argument.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { unreachable } from '../base/assert.ts';
import { messageOf } from '../base/errors.ts';
import { OWN_PID } from '../base/own-pid.ts';
import { signalProcess } from '../base/process-signal.ts';
import { runProgram } from '../base/program.ts';
import type { WriterCall } from '../config/settings.ts';

/** A reload that takes longer hangs. */
const COMMAND_MS_MAX = 30_000;
const PID_FILE_BYTES_MAX = 32;

/** Null: it was told. Else why not, for people. */
export async function callWriter(call: WriterCall): Promise<string | null> {
  return call.kind === 'signal' ? sendSignal(call) : runCommand(call.argv);
}

/** `SIGUSR1 for the process of "/run/nginx.pid"`. */
export function writerCallText(call: WriterCall): string {
  return call.kind === 'signal'
    ? `SIG${call.signal} for the process of "${call.pidFile}"`
    : `"${call.argv.join(' ')}"`;
}

function sendSignal({ signal, pidFile }: Extract<WriterCall, { kind: 'signal' }>): string | null {
  try {
    const pid = pidIn(pidFile);
    if (pid === null) return `"${pidFile}" holds no process id`;
    if (pid === OWN_PID) return `"${pidFile}" holds the process id of Logstead itself`;
    signalProcess(pid, `SIG${signal}`);
    return null;
  } catch (cause) {
    return `cannot send SIG${signal} to the process of "${pidFile}": ${messageOf(cause)}`;
  }
}

/** 0 would be our own process group, 1 is init, and negative ones are groups: none is a writer. */
function pidIn(path: string): number | null {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(PID_FILE_BYTES_MAX);
    const text = bytes.toString('latin1', 0, readSync(file, bytes)).trim();
    return /^[1-9]\d{0,9}$/.test(text) && Number(text) > 1 ? Number(text) : null;
  } finally {
    closeSync(file);
  }
}

async function runCommand(argv: readonly [string, ...string[]]): Promise<string | null> {
  const end = await runProgram(argv, { timeoutMs: COMMAND_MS_MAX });
  switch (end.kind) {
    case 'done':
      return null;
    case 'late':
      return `${argv[0]} did not end in ${COMMAND_MS_MAX / 1000} s`;
    case 'failed':
      return `${argv[0]} ${end.reason}`;
    case 'unable':
      return `${argv[0]} cannot be run: ${end.reason}`;
    default:
      return unreachable(end);
  }
}
