/**
 * Which files are watched, by which watch, and which folders have to be listed to find them.
 *
 * The first watch that names a path has it; `log_dir` comes last, so that a watch of its own can say more
 * about a file below it.
 */
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { WatchSettings } from '../config/settings.ts';
import { lookOrNothing } from './file-look.ts';
import { originalsAbove, originalsOf, sourceOf } from './rotation-name.ts';

/** Name of the watch that the configuration makes of `log_dir`. */
const LOG_DIR = 'log_dir';

/** What is read where a watch names a folder. */
const FOLDER_PATTERN = '**/*.log';

/** A folder to list, and how far down. */
export type Root = Readonly<{ folder: string; recursive: boolean }>;

/** `root` is the folder of the pattern below which the path lies. */
export type Match = Readonly<{ watch: WatchSettings; source: string; root: string }>;

/** What a new generation takes from the path it is found under. */
export type FileMatch = Pick<Match, 'watch' | 'source'>;

type Pattern = Readonly<{
  watch: WatchSettings;
  root: Root;
  matches: (path: string) => boolean;
}>;

/** What the ledger has of a generation. */
type RecordedNames = Readonly<{ path: string; firstPath: string; watch: string }>;

export class Patterns {
  readonly #patterns: readonly Pattern[];
  readonly watches: readonly WatchSettings[];
  readonly excludedFolders: readonly string[];
  readonly roots: readonly Root[];

  constructor(watches: readonly WatchSettings[], excludedFolders: readonly string[]) {
    const ordered = [
      ...watches.filter((watch) => watch.name !== LOG_DIR),
      ...watches.filter((watch) => watch.name === LOG_DIR),
    ];
    this.#patterns = ordered.flatMap((watch) =>
      watch.paths.flatMap((path) => compile(watch, path)),
    );
    this.watches = watches;
    this.excludedFolders = excludedFolders;
    this.roots = this.#patterns.map((pattern) => pattern.root);
  }

  /** Whether a watch has `path`. */
  names(path: string): boolean {
    return this.#patterns.some((candidate) => candidate.matches(path));
  }

  /** Whether nothing below `folder` is a log: what Logstead writes itself lies there. */
  excludes(folder: string): boolean {
    const key = lookOrNothing(folder)?.key;
    return this.excludedFolders.some((excluded) => lookOrNothing(excluded)?.key === key);
  }

  /** The watch that has `path`; undefined where none names it. */
  match(path: string): Match | undefined {
    const pattern = this.#patterns.find((candidate) => candidate.matches(path));
    if (pattern === undefined) return undefined;
    const { watch, root } = pattern;
    const derived = (): string =>
      sourceOf(path, { fixedFolder: root.folder, inLogDir: watch.name === LOG_DIR });
    return { watch, source: watch.source ?? derived(), root: root.folder };
  }

  /**
   * How a generation is read: as its path is, else as its watch says, else as the path it began under is, since a log that was
   * renamed may have no name that is watched, and its watch another name by now. Undefined: nobody wants it any more.
   */
  watchOf({ path, firstPath, watch }: RecordedNames): WatchSettings | undefined {
    return this.match(path)?.watch ?? this.sectionOf({ watch, path: firstPath });
  }

  /**
   * By which section a file was read that may be in the archive by now: the one of that name, else, since sections are renamed,
   * the one that has its path, or that of the log it is a rotated form of. Undefined: none is left. `watch`: null where its
   * name is not known.
   */
  sectionOf({
    watch,
    path,
  }: Readonly<{ watch: string | null; path: string }>): WatchSettings | undefined {
    const named = this.watches.find(({ name }) => name === watch);
    if (named !== undefined) return named;
    return this.matchOfForm(path)?.watch;
  }

  /** What has a path, or that of the log it is a rotated form of; undefined: nothing has. */
  matchOfForm(path: string): Match | undefined {
    for (const name of [path, ...originalsOf(path), ...originalsAbove(path)]) {
      const match = this.match(name);
      if (match !== undefined) return match;
    }
    return undefined;
  }
}

/** `Patterns.sectionOf` for a single file: patterns are compiled only where its name does not tell. */
export function sectionOf(
  watches: readonly WatchSettings[],
  named: Readonly<{ watch: string | null; path: string }>,
): WatchSettings | undefined {
  const known = watches.find(({ name }) => name === named.watch);
  return known ?? new Patterns(watches, []).sectionOf(named);
}

function compile(watch: WatchSettings, path: string): Pattern[] {
  const scanned = picomatch.scan(path, { unescape: true });
  const include = watch.include.map((glob) => picomatch(glob));
  const exclude = watch.exclude.map((glob) => picomatch(glob));
  const allowed = (candidate: string): boolean =>
    (include.length === 0 || include.some((matches) => matches(candidate))) &&
    !exclude.some((matches) => matches(candidate));
  const pattern = (root: Root, matches: (candidate: string) => boolean): Pattern => ({
    watch,
    root,
    matches: (candidate) => matches(candidate) && allowed(candidate),
  });
  if (scanned.glob === '') {
    // A path without wildcard: a file, or a folder of logs. Which one may change while it is watched.
    const literal = scanned.base;
    const slash = literal.lastIndexOf('/');
    const inFolder = picomatch(`${escaped(literal)}/${FOLDER_PATTERN}`);
    return [
      pattern(
        { folder: literal.slice(0, slash) || '/', recursive: false },
        (candidate) => candidate === literal,
      ),
      pattern({ folder: literal, recursive: true }, inFolder),
    ];
  }
  const recursive = scanned.glob.includes('/') || scanned.glob.includes('**');
  return [pattern({ folder: join('/', scanned.base), recursive }, picomatch(path))];
}

function escaped(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|^$]/g, String.raw`\$&`);
}
