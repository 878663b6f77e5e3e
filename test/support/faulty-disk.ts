/**
 * A disk that loses power: real files below the given folders, and a memory of what was made durable.
 *
 * `cutAfter(n)` lets n changes happen; every later call throws `PowerCut`. `reboot` then puts the folders into
 * a state the disk could be in: names changed since the last `syncFolder` and bytes written since the last
 * `sync` are kept, lost, or kept at random, each by itself. Inodes survive as they do on a real disk.
 * `failAt` makes one change fail with a system error instead. Only what goes through this disk is tracked.
 */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import {
  type Disk,
  type DiskFile,
  type DiskRoom,
  type OpenMode,
  type OpenOptions,
  systemDisk,
} from '../../src/base/disk.ts';

export class PowerCut extends Error {
  override name = 'PowerCut';
}

/** What of the unsynced survives a cut. `mixed`: each change by itself, drawn from `seed`. */
export type Survival = 'kept' | 'lost' | 'mixed';

type Node = FileNode | FolderNode;
/** `keeper`: one more name of the file, outside of the folders, so that its inode can come back. */
type FileNode = { kind: 'file'; keeper: string; durable: Buffer };
type FolderNode = { kind: 'folder'; durable: Map<string, Node>; live: Map<string, Node> };
type NameChange = Readonly<{ folders: readonly FolderNode[]; apply: () => void }>;

export type FaultyDiskOptions = Readonly<{
  /** Links between two of the folders fail with EXDEV, as between file systems. */
  separate?: boolean;
  /** No links at all: EPERM, as on FAT. */
  linksRefused?: boolean;
}>;

export class FaultyDisk implements Disk, Disposable {
  /** Changes made so far: the sweep runs from 0 to the count of a whole run. */
  operationCount = 0;
  readonly #roots = new Map<string, FolderNode>();
  readonly #keepers: string[] = [];
  readonly #files = new Map<string, FileNode>();
  readonly #options: FaultyDiskOptions;
  #pending: NameChange[] = [];
  #cutAfter = Number.POSITIVE_INFINITY;
  #failures = new Map<number, string>();
  #isCut = false;

  private constructor(options: FaultyDiskOptions) {
    this.#options = options;
  }

  /** What is in `folders` now is durable. */
  static over(folders: readonly string[], options: FaultyDiskOptions = {}): FaultyDisk {
    const disk = new FaultyDisk(options);
    for (const folder of folders) {
      const keeper = mkdtempSync(`${folder}-kept-`);
      disk.#keepers.push(keeper);
      disk.#roots.set(folder, disk.#scan(folder, keeper));
    }
    return disk;
  }

  cutAfter(operationCount: number): void {
    this.#cutAfter = operationCount;
  }

  /** The change number `operation`, counted from 0, fails with this system error; once. */
  failAt(operation: number, code: string): void {
    this.#failures.set(operation, code);
  }

  /** Count a change that is not the disk's: a commit, for example. Throws where the power is cut before it. */
  step(): void {
    if (this.#isCut || this.operationCount >= this.#cutAfter) {
      this.#isCut = true;
      throw new PowerCut('the power was cut');
    }
    const code = this.#failures.get(this.operationCount);
    this.operationCount += 1;
    if (code !== undefined) throw systemError(code);
  }

  /** Power is back: what was not durable is treated as told, and everything there now is durable. */
  reboot(survival: Readonly<{ names: Survival; bytes: Survival; seed?: number }>): void {
    const random = randomOf(survival.seed ?? 1);
    const survives = (which: Survival): boolean =>
      which === 'kept' || (which === 'mixed' && random() < 0.5);
    for (const change of this.#pending) if (survives(survival.names)) change.apply();
    this.#pending = [];
    for (const file of this.#files.values()) {
      const live = readFileSync(file.keeper);
      if (live.equals(file.durable)) continue;
      if (survives(survival.bytes)) file.durable = live;
      else rewrite(file.keeper, file.durable);
    }
    for (const [path, folder] of this.#roots) restore(path, folder);
    this.#isCut = false;
    this.#cutAfter = Number.POSITIVE_INFINITY;
    this.#failures.clear();
  }

  open(path: string, mode: OpenMode, options?: OpenOptions): DiskFile {
    this.#alive();
    const isThere = systemDisk.linkStat(path) !== undefined;
    if (mode === 'read' || isThere)
      return new FaultyFile(this, systemDisk.open(path, mode, options), this.#nodeAt(path));
    this.step();
    const file = systemDisk.open(path, mode, options);
    const node = this.#adopt(path);
    this.#name(path, node);
    return new FaultyFile(this, file, node);
  }

  rename(from: string, to: string): void {
    this.step();
    const node = this.#entry(from);
    systemDisk.rename(from, to);
    const source = this.#folderOf(from);
    const target = this.#folderOf(to);
    source.live.delete(basename(from));
    target.live.set(basename(to), node);
    this.#pending.push({
      folders: [source, target],
      apply: () => {
        source.durable.delete(basename(from));
        target.durable.set(basename(to), node);
      },
    });
  }

  link(from: string, to: string): void {
    this.step();
    if (this.#options.linksRefused) throw systemError('EPERM');
    if (this.#options.separate && this.#rootOf(from) !== this.#rootOf(to))
      throw systemError('EXDEV');
    const node = this.#entry(from);
    systemDisk.link(from, to);
    this.#name(to, node);
  }

  unlink(path: string): void {
    this.step();
    systemDisk.unlink(path);
    this.#unname(path);
  }

  copy(from: string, to: string): void {
    this.step();
    systemDisk.copy(from, to);
    this.#name(to, this.#adopt(to));
  }

  makeFolder(path: string): void {
    if (systemDisk.linkStat(path)?.isDirectory()) return;
    this.makeFolder(dirname(path));
    this.step();
    systemDisk.makeFolder(path);
    this.#name(path, { kind: 'folder', durable: new Map(), live: new Map() });
  }

  removeFolder(path: string): void {
    this.step();
    systemDisk.removeFolder(path);
    this.#unname(path);
  }

  syncFolder(path: string): void {
    this.step();
    if (!this.#roots.has(path) && ![...this.#roots.keys()].some((root) => isInside(path, root)))
      return;
    const folder = this.#folderAt(path);
    const isOurs = (change: NameChange): boolean => change.folders.includes(folder);
    for (const change of this.#pending.filter(isOurs)) change.apply();
    this.#pending = this.#pending.filter((change) => !isOurs(change));
  }

  async syncFolderMeanwhile(path: string): Promise<void> {
    this.syncFolder(path);
  }

  list(path: string): string[] {
    this.#alive();
    return systemDisk.list(path);
  }

  stat(path: string): Stats | undefined {
    this.#alive();
    return withoutKeeper(systemDisk.stat(path));
  }

  linkStat(path: string): Stats | undefined {
    this.#alive();
    return withoutKeeper(systemDisk.linkStat(path));
  }

  room(path: string): DiskRoom | null {
    this.#alive();
    return systemDisk.room(path);
  }

  [Symbol.dispose](): void {
    for (const keeper of this.#keepers) rmSync(keeper, { recursive: true, force: true });
  }

  #alive(): void {
    if (this.#isCut) throw new PowerCut('the power was cut');
  }

  #scan(path: string, keeper: string): FolderNode {
    const live = new Map<string, Node>();
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) live.set(entry.name, this.#scan(inner, keeper));
      if (entry.isFile()) {
        const node = this.#adopt(inner, keeper);
        node.durable = readFileSync(inner);
        live.set(entry.name, node);
      }
    }
    return { kind: 'folder', live, durable: new Map(live) };
  }

  /** Give a file that has just appeared a keeper; nothing of its bytes is durable. */
  #adopt(path: string, folder = this.#keeperFor(path)): FileNode {
    const { dev, ino } = lstatSync(path);
    const key = `${dev}:${ino}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const node: FileNode = {
      kind: 'file',
      keeper: join(folder, String(this.#files.size)),
      durable: Buffer.alloc(0),
    };
    linkSync(path, node.keeper);
    this.#files.set(key, node);
    return node;
  }

  #keeperFor(path: string): string {
    const index = [...this.#roots.keys()].indexOf(this.#rootOf(path));
    return this.#keepers[index]!;
  }

  #nodeAt(path: string): FileNode {
    const { dev, ino } = lstatSync(path);
    const node = this.#files.get(`${dev}:${ino}`);
    if (node === undefined) throw new Error(`"${path}" was not made through this disk`);
    return node;
  }

  #name(path: string, node: Node): void {
    const folder = this.#folderOf(path);
    const name = basename(path);
    folder.live.set(name, node);
    this.#pending.push({ folders: [folder], apply: () => void folder.durable.set(name, node) });
  }

  #unname(path: string): void {
    const folder = this.#folderOf(path);
    const name = basename(path);
    folder.live.delete(name);
    this.#pending.push({ folders: [folder], apply: () => void folder.durable.delete(name) });
  }

  #entry(path: string): Node {
    const node = this.#folderOf(path).live.get(basename(path));
    if (node === undefined) throw new Error(`"${path}" was not made through this disk`);
    return node;
  }

  #folderOf(path: string): FolderNode {
    return this.#folderAt(dirname(path));
  }

  #folderAt(path: string): FolderNode {
    const root = this.#rootOf(path);
    let folder = this.#roots.get(root)!;
    for (const name of path.slice(root.length).split(sep)) {
      if (name === '') continue;
      const inner = folder.live.get(name);
      if (inner?.kind !== 'folder')
        throw new Error(`"${path}" is no folder made through this disk`);
      folder = inner;
    }
    return folder;
  }

  #rootOf(path: string): string {
    for (const root of this.#roots.keys()) if (isInside(path, root)) return root;
    throw new Error(`"${path}" is outside of this disk`);
  }
}

class FaultyFile implements DiskFile {
  readonly #disk: FaultyDisk;
  readonly #file: DiskFile;
  readonly #node: FileNode;

  constructor(disk: FaultyDisk, file: DiskFile, node: FileNode) {
    this.#disk = disk;
    this.#file = file;
    this.#node = node;
  }

  read(buffer: Uint8Array, position: number): number {
    return this.#file.read(buffer, position);
  }

  write(buffer: Uint8Array, position?: number): void {
    this.#disk.step();
    this.#file.write(buffer, position);
  }

  async writeMeanwhile(buffer: Uint8Array): Promise<void> {
    this.write(buffer);
  }

  async syncMeanwhile(): Promise<void> {
    this.sync();
  }

  sync(): void {
    this.#disk.step();
    this.#node.durable = readFileSync(this.#node.keeper);
  }

  truncate(sizeBytes: number): void {
    this.#disk.step();
    this.#file.truncate(sizeBytes);
  }

  stat(): Stats {
    return withoutKeeper(this.#file.stat())!;
  }

  takeAttributes(of: Stats): void {
    this.#disk.step();
    this.#file.takeAttributes(of);
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function restore(path: string, folder: FolderNode): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    const node = folder.durable.get(entry.name);
    if (entry.isDirectory() && node?.kind !== 'folder') rmSync(inner, { recursive: true });
    else if (!entry.isDirectory() && !(node?.kind === 'file' && isSame(inner, node.keeper)))
      unlinkSync(inner);
  }
  for (const [name, node] of folder.durable) {
    const inner = join(path, name);
    const isThere = systemDisk.linkStat(inner) !== undefined;
    if (node.kind === 'folder') {
      if (!isThere) mkdirSync(inner);
      restore(inner, node);
    } else if (!isThere) linkSync(node.keeper, inner);
  }
  folder.live = new Map(folder.durable);
}

function isSame(a: string, b: string): boolean {
  const one = lstatSync(a);
  const other = lstatSync(b);
  return one.dev === other.dev && one.ino === other.ino;
}

/** In place, so that the inode and its times stay. */
function rewrite(path: string, content: Buffer): void {
  const { atimeMs, mtimeMs } = lstatSync(path);
  writeFileSync(path, content);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

function withoutKeeper(stats: Stats | undefined): Stats | undefined {
  if (stats?.isFile()) stats.nlink -= 1;
  return stats;
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root + sep);
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** A small generator (mulberry32): the same seed gives the same losses. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
