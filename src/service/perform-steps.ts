/** Perform the steps of a plan, one by one; each may be repeated after a failure. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../base/errors.ts';
import type { Step } from './install-plan.ts';
import { UNIT_NAME } from './layout.ts';
import { installProgram } from './program-copy.ts';
import { lastWords, systemctl } from './systemctl.ts';

/** Throws SERVICE_FAILED with the step that failed; those before it are done, those behind it are not begun. */
export function performStep(step: Step): void {
  if (step.isDone) return;
  try {
    perform(step);
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError('SERVICE_FAILED', `Cannot ${step.kind} "${step.path}"`, {
      cause,
      hint: 'Correct what is named and run the same command again: what is done already is kept',
    });
  }
}

function perform(step: Step): void {
  switch (step.kind) {
    case 'copy':
      installProgram(step.from, step.path);
      return;
    case 'write':
      mkdirSync(dirname(step.path), { recursive: true });
      // systemd must never read half a unit.
      writeFileSync(`${step.path}.new`, step.text, { mode: step.mode });
      if (step.group !== null) chownSync(`${step.path}.new`, 0, groupId(step.group));
      // Whatever the umask of root has left of it: the service reads its config as a member of the group.
      chmodSync(`${step.path}.new`, step.mode);
      renameSync(`${step.path}.new`, step.path);
      return;
    case 'folder':
      mkdirSync(step.path, { recursive: true });
      if (step.group !== null) chownSync(step.path, 0, groupId(step.group));
      chmodSync(step.path, step.mode);
      return;
    case 'link':
      mkdirSync(dirname(step.path), { recursive: true });
      rmSync(step.path, { force: true });
      symlinkSync(step.target, step.path);
      return;
    case 'remove':
      rmSync(step.path, { recursive: true, force: true });
      return;
    case 'systemctl':
      control(step.args);
  }
}

function control(args: readonly string[]): void {
  const { code, stderr } = systemctl(args);
  if (code === 0 || isAbsent(args, stderr)) return;
  const said = args[0] === 'restart' ? lastWords(UNIT_NAME) : stderr.trim();
  throw new OperatorError('SERVICE_FAILED', `"systemctl ${args.join(' ')}" failed with ${code}`, {
    cause: said,
    hint: `Correct what is named and install again; "journalctl -u ${UNIT_NAME}" has the whole story`,
  });
}

/** Removing what was never installed is no failure. */
function isAbsent(args: readonly string[], stderr: string): boolean {
  return args[0] === 'disable' && /does not exist|not loaded/.test(stderr);
}

function groupId(name: string): number {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  if (line === undefined) {
    throw new OperatorError('SERVICE_FAILED', `Cannot find the group "${name}" in "/etc/group"`, {
      hint: `Make it with "groupadd --system ${name}", then install again`,
    });
  }
  return Number(line.split(':')[2]);
}
