/**
 * The program put in its place for a service: what it needs to run, without what only development needs, its sources compiled.
 *
 * It is copied beside the place first and renamed into it last, so that a copy that breaks off leaves the installed
 * one as it was. Everything belongs to root and nobody else may write it: the service must not change its own program.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../base/errors.ts';
import { moduleUrl } from '../base/module-url.ts';
import { OWN_NODE } from '../base/own-pid.ts';
import type { CompileOrder } from './compile-sources.ts';

/** Of the program's folder, beside the program itself. */
const PARTS = [
  'package.json',
  'package-lock.json',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'config',
  'systemd',
  'node_modules',
] as const;
/** Of the sources, what stays beside the compiled program: the command, and what people read. */
const BESIDE_PROGRAM = /(?:\.md|^logstead\.sh)$/;
/** What makes the Debian package, links and caches of development, headers for native add-ons: the program does not look there. */
const LEFT_OUT =
  /^(?:systemd\/debian|node_modules\/(?:\.[^/]+|node-linux-[^/]+\/(?:include|share|CHANGELOG\.md)))$/;

type LockedPackages = Readonly<Record<string, Readonly<{ dev?: boolean }>>>;

/** Install the program at `to`, in place of what is there. Throws SERVICE_FAILED. Safe to repeat. */
export function installProgram(from: string, to: string): void {
  const next = `${to}.new`;
  const previous = `${to}.previous`;
  try {
    for (const leftOver of [next, previous]) rmSync(leftOver, { recursive: true, force: true });
    copyProgram(from, next);
    for (const path of allBelow(next)) chownSync(path, 0, 0);
    if (existsSync(to)) renameSync(to, previous);
    renameSync(next, to);
    rmSync(previous, { recursive: true, force: true });
  } catch (cause) {
    throw new OperatorError('SERVICE_FAILED', `Cannot copy the program to "${to}"`, {
      cause,
      hint: 'Make room or correct the permissions, then install again: it begins anew',
    });
  }
}

/** What the program needs to run, into a folder that is not there yet; the Debian package is made of the same. */
export function copyProgram(from: string, to: string): void {
  const isNeeded = neededParts(from);
  for (const part of PARTS) {
    const source = join(from, part);
    if (!existsSync(source)) continue;
    cpSync(source, join(to, part), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  }
  placeProgram(from, to);
  // Readable by all, writable by the owner; what may be run stays so.
  for (const path of allBelow(to)) {
    const status = lstatSync(path);
    chmodSync(path, status.isDirectory() || (status.mode & 0o111) !== 0 ? 0o755 : 0o644);
  }
}

/** As `dist`, which is there in a published package and made in a clone; the command and what people read stay in `src`. */
function placeProgram(from: string, to: string): void {
  const sources = join(from, 'src');
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (BESIDE_PROGRAM.test(name)) cpSync(join(sources, name), join(to, 'src', name));
  }
  const program = join(to, 'dist');
  if (!existsSync(join(sources, 'main.ts'))) {
    cpSync(join(from, 'dist'), program, { recursive: true });
    return;
  }
  const compiler = fileURLToPath(moduleUrl('./compile-sources.ts', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning'];
  const order: CompileOrder = { from: sources, to: program };
  execFileSync(OWN_NODE, [...flags, compiler], { input: JSON.stringify(order), stdio: 'pipe' });
}

/** Everything but the packages that the lockfile marks as needed by development alone. */
function neededParts(folder: string): (path: string) => boolean {
  const lock = join(folder, 'package-lock.json');
  const packages: LockedPackages = existsSync(lock)
    ? JSON.parse(readFileSync(lock, 'utf8')).packages
    : {};
  return (path) => {
    const part = relative(folder, path);
    return !LEFT_OUT.test(part) && packages[part]?.dev !== true;
  };
}

/** A folder and everything in it but symbolic links. */
function allBelow(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const paths = [folder, ...below.map((name) => join(folder, name))];
  return paths.filter((path) => !lstatSync(path).isSymbolicLink());
}
