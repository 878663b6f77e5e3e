/**
 * Finds the watched files: lists the folders of the patterns again and again (`RestPace`), in slices, and between the
 * rescans looks at what hints name; where rescans are seldom, a look at each folder tells whether one is needed
 * (`FolderStates`). It says only "look at this path"; what it is there is not decided here.
 *
 * Folders are listed once a pass, whatever leads to them, real ones before links to them. Links to files are looked at when
 * all folders were listed: a file that is watched itself is then known by its own name.
 */
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { systemCodeOf } from '../base/errors.ts';
import { type FileKey, lookAtPath } from './file-look.ts';
import { type FolderContent, listFolder, type RefusedName } from './folder-content.ts';
import { FolderHints } from './folder-hints.ts';
import { FolderStates } from './folder-states.ts';
import {
  FOLDERS_LOOK_IDLE_MS_MAX,
  FOLDERS_LOOK_MS,
  MOUNTS_LOOK_MS,
  RESCAN_IDLE_MS_MAX,
  RESCAN_MS,
  SCAN_SLICE_MS,
} from './limits.ts';
import { Mounts } from './mounts.ts';
import type { Patterns } from './patterns.ts';
import { isSilent, RestPace } from './rest-pace.ts';

export type DiscoveryHandlers = Readonly<{
  /** A watched path exists, came, went or changed. Returns whether it is another file than before, or not as it was. */
  check: (path: string, options: Readonly<{ hinted: boolean }>) => boolean;
  /** A file that no watch names lies in a folder that is listed. */
  unwatched: (path: string) => void;
  /** All folders were listed since `startedAtMs`, wall time. */
  passEnded: (pass: Readonly<{ startedAtMs: number }>) => void;
  folderFailed: (folder: string, error: unknown) => void;
  /** Something that would be read, but for bytes in its name that are not UTF-8. */
  nameRefused: (refused: RefusedName) => void;
  hintsExhausted: (reason: string) => void;
}>;

type FolderTask = Readonly<{ folder: string; recursive: boolean }>;

export class Discovery implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #handlers: DiscoveryHandlers;
  readonly #hints: FolderHints;
  #patterns: Patterns;
  #wake: (() => void) | null = null;

  readonly #dirtyPaths = new Set<string>();
  readonly #dirtyFolders = new Map<string, FolderTask>();
  /** Paths of links by the real path of what they lead to: events name the latter. */
  #linksTo = new Map<string, string>();
  #newLinksTo = new Map<string, string>();

  #passQueue: FolderTask[] = [];
  #passLinks: FolderTask[] = [];
  #passFileLinks: string[] = [];
  #isComplete = false;
  #listed = new Map<FileKey, boolean>();
  #excluded = new Set<FileKey>();
  #hintFolders = new Set<string>();
  readonly #passPace = new RestPace({ pauseMsMin: RESCAN_MS, pauseMsMax: RESCAN_IDLE_MS_MAX });
  readonly #foldersPace = new RestPace({
    pauseMsMin: FOLDERS_LOOK_MS,
    pauseMsMax: FOLDERS_LOOK_IDLE_MS_MAX,
  });
  /** Folders of whose changes the system does not tell. */
  readonly #silentFolders = new Set<string>();
  readonly #folderStates = new FolderStates();
  readonly #mounts = new Mounts();
  #passDueMs = 0;
  #foldersDueMs = 0;
  #mountsDueMs = 0;
  #passStartedAtMs = 0;

  constructor(clock: Clock, patterns: Patterns, handlers: DiscoveryHandlers) {
    this.#clock = clock;
    this.#patterns = patterns;
    this.#handlers = handlers;
    this.#hints = new FolderHints({
      happened: (folder, hint) => this.#happened(folder, hint),
      exhausted: handlers.hintsExhausted,
    });
  }

  /** Called whenever something became dirty. */
  onWork(wake: () => void): void {
    this.#wake = wake;
  }

  usePatterns(patterns: Patterns): void {
    this.#patterns = patterns;
    this.rescan();
  }

  /** Whether every folder was listed since the start, or since `rescan`. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** List all folders again, now. */
  rescan(): void {
    this.#isComplete = false;
    this.#passQueue = [];
    this.#passLinks = [];
    this.#passFileLinks = [];
    this.#passDueMs = 0;
  }

  get hasWork(): boolean {
    return this.#dirtyPaths.size > 0 || this.#dirtyFolders.size > 0 || this.#inPass;
  }

  /** Monotonic time of the next look at folders, whatever hints say. */
  get nextLookMs(): number {
    return Math.min(this.#passDueMs, this.#foldersDueMs);
  }

  get folderCount(): number {
    return this.#hintFolders.size;
  }

  get hintsExhausted(): boolean {
    return this.#hints.exhausted;
  }

  /** Look at what hints named, then list folders for a slice of time. */
  step(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const path of this.#dirtyPaths) {
      this.#dirtyPaths.delete(path);
      this.#handlers.check(path, { hinted: true });
    }
    for (const [folder, task] of this.#dirtyFolders) {
      this.#dirtyFolders.delete(folder);
      this.#listDirty(task);
    }
    if (!this.#inPass) this.#lookByClock(nowMs);
    while (this.#inPass) {
      this.#passStep();
      if (this.#clock.monotonicMs() - nowMs > SCAN_SLICE_MS) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wake = null;
    await this.#hints[Symbol.asyncDispose]();
  }

  get #inPass(): boolean {
    return [this.#passQueue, this.#passLinks, this.#passFileLinks].some(({ length }) => length > 0);
  }

  /**
   * Whether a file system was mounted or taken away, if it is time to look: then `step` looks at all folders. For who sleeps
   * between steps.
   */
  lookAtMounts(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#mountsDueMs) return false;
    this.#mountsDueMs = nowMs + MOUNTS_LOOK_MS;
    if (!this.#mounts.haveChanged()) return false;
    this.#foldersDueMs = 0;
    return true;
  }

  #lookByClock(nowMs: number): void {
    this.lookAtMounts();
    if (nowMs < this.nextLookMs) return;
    if (nowMs >= this.#foldersDueMs) {
      const isToldAll = this.#mounts.areKnown;
      this.#foldersDueMs = nowMs + this.#foldersPace.next({ isToldAll });
    }
    if (nowMs < this.#passDueMs) {
      if (this.#folderStates.areUnchanged()) return;
      this.#noteHappened();
    }
    this.#beginPass();
  }

  #noteHappened(): void {
    this.#passPace.happened();
    this.#foldersPace.happened();
  }

  #beginPass(): void {
    this.#passQueue = [...this.#patterns.roots];
    this.#listed = new Map();
    this.#excluded = new Set(
      this.#patterns.excludedFolders.flatMap((folder) => keyIfThere(folder) ?? []),
    );
    this.#hintFolders = new Set();
    this.#newLinksTo = new Map();
    this.#passStartedAtMs = this.#clock.nowMs();
    const isToldAll = !this.#hints.exhausted && this.#silentFolders.size === 0;
    this.#passDueMs = this.#clock.monotonicMs() + this.#passPace.next({ isToldAll });
  }

  #passStep(): void {
    const task = this.#passQueue.pop() ?? this.#passLinks.pop();
    const fileLink = task === undefined ? this.#passFileLinks.pop() : undefined;
    if (fileLink !== undefined) this.#check(fileLink);
    if (task !== undefined && this.#isNewInPass(task)) {
      const push = (found: FolderTask, isLink: boolean): unknown =>
        (isLink ? this.#passLinks : this.#passQueue).push(found);
      for (const path of this.#list(task, push)) this.#passFileLinks.push(path);
    }
    if (this.#inPass) return;
    this.#linksTo = this.#newLinksTo;
    this.#hints.retain((folder) => this.#hintFolders.has(folder));
    this.#folderStates.retain((folder) => this.#hintFolders.has(folder));
    for (const folder of this.#silentFolders) {
      if (!this.#hintFolders.has(folder)) this.#silentFolders.delete(folder);
    }
    this.#isComplete = true;
    this.#handlers.passEnded({ startedAtMs: this.#passStartedAtMs });
  }

  /** A folder that a hint named. Links to folders wait for the pass, which knows what it has seen. */
  #listDirty(task: FolderTask): void {
    const key = keyIfThere(task.folder);
    if (key === undefined || this.#excluded.has(key)) return;
    const fileLinks = this.#list(task, (found, isLink) => {
      if (isLink) this.#passDueMs = 0;
      else this.#dirtyFolders.set(found.folder, found);
    });
    for (const path of fileLinks) this.#check(path);
  }

  #isNewInPass(task: FolderTask): boolean {
    let key: FileKey;
    try {
      const look = lookAtPath(task.folder);
      if (look === undefined) this.#awaitFolder(task.folder);
      if (look?.kind !== 'folder') return false;
      key = look.key;
    } catch (error) {
      this.#failed(task.folder, error);
      return false;
    }
    if (this.#excluded.has(key)) return false;
    const before = this.#listed.get(key);
    if (before === true || before === task.recursive) return false;
    this.#listed.set(key, task.recursive);
    return true;
  }

  /** Returns the watched links to files, which are yet to be looked at. */
  #list(task: FolderTask, push: (task: FolderTask, isLink: boolean) => void): string[] {
    const { folder, recursive } = task;
    // Watch and note come first: what appears while the folder is listed is told by one or the other.
    this.#watch(folder);
    let content: FolderContent;
    try {
      content = listFolder(folder);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') this.#failed(folder, error);
      return [];
    }
    for (const refused of content.refused) {
      const wouldBeRead =
        refused.kind === 'folder' ? recursive : this.#patterns.names(refused.path);
      if (wouldBeRead) this.#handlers.nameRefused(refused);
    }
    const fileLinks: string[] = [];
    for (const entry of content.entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (recursive) push({ folder: path, recursive }, false);
      } else if (entry.isSymbolicLink()) {
        if (this.#foundLink(path, recursive, push) === 'file') fileLinks.push(path);
      } else if (this.#patterns.names(path)) {
        this.#check(path);
      } else {
        this.#handlers.unwatched(path);
      }
    }
    return fileLinks;
  }

  /** `file`: a watched one, yet to be looked at. */
  #foundLink(
    path: string,
    recursive: boolean,
    push: (task: FolderTask, isLink: boolean) => void,
  ): 'file' | 'done' {
    let target: string;
    try {
      target = realpathSync(path);
      if (lookAtPath(target)?.kind === 'folder') {
        if (recursive) push({ folder: path, recursive }, true);
        return 'done';
      }
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') this.#failed(path, error);
      return 'done';
    }
    if (!this.#patterns.names(path)) return 'done';
    this.#linksTo.set(target, path);
    this.#newLinksTo.set(target, path);
    this.#watch(dirname(target));
    return 'file';
  }

  /** Nobody may tell when it works again: it is tried as often as where something happens. */
  #failed(folder: string, error: unknown): void {
    this.#noteHappened();
    this.#handlers.folderFailed(folder, error);
  }

  /** Nobody told of it: what is found here all the same may happen again. */
  #check(path: string): void {
    if (this.#handlers.check(path, { hinted: false })) this.#noteHappened();
  }

  #watch(folder: string): void {
    this.#hintFolders.add(folder);
    if (this.#folderStates.note(folder)) {
      // Of this one nobody tells who was asked about the one before.
      this.#hints.unwatch(folder);
      this.#silentFolders.delete(folder);
    }
    if (!this.#hints.has(folder) && isSilent(folder)) this.#silentFolders.add(folder);
    this.#hints.watch(folder);
  }

  /** Watch the nearest folder there is, to be told when the missing one appears. */
  #awaitFolder(folder: string): void {
    let above = dirname(folder);
    while (above !== dirname(above) && lookAtPath(above) === undefined) above = dirname(above);
    this.#watch(above);
  }

  #happened(folder: string, hint: Readonly<{ name: string | null; appeared: boolean }>): void {
    this.#noteHappened();
    this.#passDueMs = Math.min(this.#passDueMs, this.#clock.monotonicMs() + RESCAN_MS);
    if (hint.name === null) {
      this.#dirtyFolders.set(folder, { folder, recursive: this.#isRecursive(folder) });
    } else {
      this.#named(join(folder, hint.name), hint.appeared);
    }
    this.#wake?.();
  }

  #named(path: string, appeared: boolean): void {
    if (!appeared && this.#dirtyPaths.has(path)) return;
    const link = this.#linksTo.get(path);
    if (link !== undefined) this.#dirtyPaths.add(link);
    if (this.#patterns.names(path)) this.#dirtyPaths.add(path);
    if (!appeared) return;
    if (this.#patterns.roots.some((root) => isAtOrAbove(path, root.folder))) {
      // A folder above a root came: the pass finds out what is below it.
      this.#passDueMs = 0;
    } else if (this.#isRecursive(dirname(path)) && keyIfThere(path) !== undefined) {
      this.#dirtyFolders.set(path, { folder: path, recursive: true });
    }
  }

  #isRecursive(folder: string): boolean {
    return this.#patterns.roots.some((root) => root.recursive && isAtOrAbove(root.folder, folder));
  }
}

function isAtOrAbove(above: string, path: string): boolean {
  return path === above || path.startsWith(above === '/' ? above : `${above}/`);
}

/** The key of a folder; undefined where none is there or may be seen. */
function keyIfThere(folder: string): FileKey | undefined {
  try {
    const look = lookAtPath(folder);
    return look?.kind === 'folder' ? look.key : undefined;
  } catch {
    return undefined;
  }
}
