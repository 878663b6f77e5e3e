/**
 * The one door to chokidar: says that something happened below a name in a folder, and nothing else.
 *
 * One watcher a folder, none a file, and everything inside is ignored by chokidar itself: its raw events
 * come at once, while its digested ones cost ten times as much and wait up to 50 ms. A folder whose writers
 * cause more events than they are worth is muted for a while and looked at by the clock instead.
 * Where the system refuses more watches, the periodic rescan is all there is; that is said once.
 */
import { type FSWatcher, watch } from 'chokidar';
import { messageOf, systemCodeOf } from '../base/errors.ts';

export type HintHandlers = Readonly<{
  /** `name` is null where the system did not say which; `appeared` where a name came, went or moved. */
  happened: (folder: string, hint: Readonly<{ name: string | null; appeared: boolean }>) => void;
  /** No more watches are to be had; called once. */
  exhausted: (reason: string) => void;
}>;

export class FolderHints implements AsyncDisposable {
  readonly #handlers: HintHandlers;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #closing = new Set<Promise<void>>();
  #exhausted = false;

  constructor(handlers: HintHandlers) {
    this.#handlers = handlers;
  }

  has(folder: string): boolean {
    return this.#watchers.has(folder);
  }

  watch(folder: string): void {
    if (this.#exhausted || this.#watchers.has(folder)) return;
    const watcher = watch(folder, {
      ignoreInitial: true,
      depth: 0,
      atomic: false,
      ignored: (path) => path !== folder,
    });
    this.#watchers.set(folder, watcher);
    watcher.on('raw', (event, name, details) => {
      if (!isInside(details, folder)) return;
      this.#handlers.happened(folder, { name: name || null, appeared: event !== 'change' });
    });
    // What happened before the watch was in place was not told.
    watcher.once('ready', () => this.#handlers.happened(folder, { name: null, appeared: true }));
    watcher.on('error', (error) => this.#failed(folder, error));
  }

  unwatch(folder: string): void {
    const watcher = this.#watchers.get(folder);
    if (watcher === undefined) return;
    this.#watchers.delete(folder);
    const closing = watcher.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Stop watching all folders that `keep` refuses. */
  retain(keep: (folder: string) => boolean): void {
    for (const folder of [...this.#watchers.keys()]) if (!keep(folder)) this.unwatch(folder);
  }

  get folderCount(): number {
    return this.#watchers.size;
  }

  get exhausted(): boolean {
    return this.#exhausted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.retain(() => false);
    await Promise.allSettled(this.#closing);
  }

  #failed(folder: string, error: unknown): void {
    this.unwatch(folder);
    const code = systemCodeOf(error);
    // ENOSPC: no inotify watch left; EMFILE: no inotify instance or descriptor left.
    if (code !== 'ENOSPC' && code !== 'EMFILE') return;
    if (this.#exhausted) return;
    this.#exhausted = true;
    this.#handlers.exhausted(messageOf(error));
  }
}

/** While a folder is missing chokidar watches the nearest one above it, whose names are not ours. */
function isInside(details: unknown, folder: string): boolean {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return true;
  return details.watchedPath === folder;
}
