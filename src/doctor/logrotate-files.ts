/**
 * The config files of logrotate, read in its order: the main file, and each that an `include` names where it stands.
 *
 * As in logrotate(8): of a folder its plain files by name, but for those with a taboo ending; what a file says outside of braces holds
 * for all that is read behind it, and for nothing before.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import picomatch from 'picomatch';
import { systemCodeOf } from '../base/errors.ts';
import { LOGROTATE_DEFAULTS, type LogrotateFile, parseLogrotate } from './logrotate-rules.ts';

type Defaults = LogrotateFile['defaults'];

/** Where logrotate ends it. */
const NESTING_MAX = 16;

export type Unread = Readonly<{ file: string; cause: unknown }>;

/** `folder` is read last where no `include` names it: whoever runs logrotate on it does so in a way of his own. */
export function readLogrotate(
  mainFile: string,
  folder: string,
): Pick<LogrotateFile, 'rules'> & Readonly<{ unread: readonly Unread[] }> {
  const reading = new Reading();
  const main = reading.read(mainFile, LOGROTATE_DEFAULTS, { workingFolder: '/', depth: 0 });
  const more = reading.has(folder) ? [] : reading.folder(folder, main.defaults, 0).rules;
  return { rules: [...main.rules, ...more], unread: reading.unread };
}

class Reading {
  readonly unread: Unread[] = [];
  readonly #folders = new Set<string>();

  has(folder: string): boolean {
    return this.#folders.has(folder);
  }

  read(
    file: string,
    inherited: Defaults,
    { workingFolder, depth }: Readonly<{ workingFolder: string; depth: number }>,
  ): LogrotateFile {
    const text = this.#look(file, () => readFileSync(file, 'utf8'));
    if (text === null) return { rules: [], defaults: inherited };
    return parseLogrotate(file, text, {
      inherited,
      include: (named, defaults) => {
        if (depth === NESTING_MAX) return { rules: [], defaults };
        const path = named.startsWith('~/')
          ? join(homedir(), named.slice(2))
          : resolve(workingFolder, named);
        const isFolder = this.#look(path, () => statSync(path).isDirectory());
        return isFolder
          ? this.folder(path, defaults, depth + 1)
          : this.read(path, defaults, { workingFolder, depth: depth + 1 });
      },
    });
  }

  folder(folder: string, inherited: Defaults, depth: number): LogrotateFile {
    this.#folders.add(folder);
    const isTaboo = picomatch([...inherited.taboo], { nobrace: true, noextglob: true });
    const names = this.#look(folder, () => readdirSync(folder)) ?? [];
    const rules: LogrotateFile['rules'][number][] = [];
    let defaults = inherited;
    for (const name of names.filter((candidate) => !isTaboo(candidate)).toSorted()) {
      const file = join(folder, name);
      if (!this.#look(file, () => statSync(file).isFile())) continue;
      const found = this.read(file, defaults, { workingFolder: folder, depth });
      rules.push(...found.rules);
      defaults = found.defaults;
    }
    return { rules, defaults };
  }

  /** Null where it cannot be read, which is told of unless it is not there: logrotate goes on as well. */
  #look<T>(file: string, how: () => T): T | null {
    try {
      return how();
    } catch (cause) {
      if (!['ENOENT', 'EISDIR'].includes(systemCodeOf(cause) ?? '')) {
        if (!this.unread.some((known) => known.file === file)) this.unread.push({ file, cause });
      }
      return null;
    }
  }
}
