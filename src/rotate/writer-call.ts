/**
 * Tells a writer to open its log files anew: a signal for the process of a pid file, or a program of the operator's, run with
 * the arguments of the config and without a shell. Nothing of a log line or a file name is ever an argument.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { escapeLine } from '../base/escape.ts';
import { OWN_PID } from '../base/own-pid.ts';
import { signalProcess } from '../base/process-signal.ts';
import type { WriterCall } from '../config/settings.ts';

/** A reload that takes longer hangs. */
const COMMAND_MS_MAX = 30_000;
/** Of what the program says of its failure. */
const SAID_CHARACTERS_MAX = 300;
const PID_FILE_BYTES_MAX = 32;
/** Without the daemon's own variables: secrets may be among them. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** Null: it was told. Else why not, for people. */
export function callWriter(call: WriterCall): string | null {
  return call.kind === 'signal' ? sendSignal(call) : runProgram(call.argv);
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

function runProgram([program, ...words]: readonly [string, ...string[]]): string | null {
  const { error, signal, status, stderr } = spawnSync(program, words, {
    env: ENVIRONMENT,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: COMMAND_MS_MAX,
    killSignal: 'SIGKILL',
    maxBuffer: 1024 * 1024,
  });
  const code = systemCodeOf(error);
  if (code === 'ETIMEDOUT') return `${program} did not end in ${COMMAND_MS_MAX / 1000} s`;
  if (error !== undefined && error !== null) return `${program} cannot be run: ${messageOf(error)}`;
  if (status === 0) return null;
  const said = escapeLine((stderr ?? '').trim().slice(-SAID_CHARACTERS_MAX));
  return `${program} ended with ${signal ?? `code ${status}`}: ${said}`;
}
