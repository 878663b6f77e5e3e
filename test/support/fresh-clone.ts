/** The project as a fresh clone has it: its files, without packages, state, or the Node that came with them. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TempFolder } from './temp-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the repository holds at its top level, tests apart. A part that does not exist yet is left out. */
const PARTS = [
  '.npmrc',
  'LICENSE',
  'README.md',
  'config',
  'logs/README.txt',
  'archives/README.txt',
  'package-lock.json',
  'package.json',
  'src',
  'systemd',
  'tsconfig.json',
] as const;

/** Copy the project to `name` in the folder, and return where it is. */
export function makeFreshClone(folder: TempFolder, name: string): string {
  const clone = folder.makeFolder(name);
  for (const part of PARTS) {
    try {
      cpSync(`${ROOT}/${part}`, `${clone}/${part}`, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return clone;
}

/**
 * An environment as a user's shell has it: the machine's own Node first, nothing of the npm that runs the tests. Certificates
 * that the machine's network needs are the user's as well.
 */
export function userEnvironment(): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = {};
  for (const name of Object.keys(process.env)) {
    if (/^(?:npm_|INIT_CWD|VITEST|CI$|TEST$|NODE(?!_EXTRA_CA_CERTS$))/.test(name))
      environment[name] = undefined;
  }
  const folders = (process.env.PATH ?? '').split(':');
  environment.PATH = folders.filter((path) => !path.includes('/node_modules/')).join(':');
  return environment;
}
