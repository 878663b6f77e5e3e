/**
 * Notifications as files in `notify_dir`: `EVENT_STATUS_TIMESTAMP.txt` for people, the same as `.json` for programs.
 *
 * - A file appears whole or not at all, and never takes the place of another: a second one of the same second gets
 *   a counter.
 * - The name follows from the notification, so a delivery that is repeated after a crash finds its own file and
 *   leaves it: the JSON is written last and carries the key.
 * - Which names are taken is read once: of a storm each file asked all those before it, and thousands took hours.
 */
import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { LINK_REFUSED } from '../base/take-name.ts';
import type { FileNotice } from './file-notice.ts';

/** More notifications of one event in one second are a fault; a rule may have a tenth as many groups. */
const SAME_NAME_MAX = 1_000_000;

/** Names of as many events and seconds are remembered. */
const REMEMBERED_MAX = 16;

/** Owner and group: log lines are in it. */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** Which counters of a name are taken, by which key; without a gap below `next`, so that nobody misses a file of their own. */
type Taken = { readonly counts: Map<string, number>; next: number };

/** What was found or written of the names that were asked for last. */
export class TakenNames {
  readonly #taken = new Map<string, Taken>();

  of(path: string): Taken {
    const taken = this.#taken.get(path) ?? { counts: new Map<string, number>(), next: 1 };
    this.#taken.delete(path);
    this.#taken.set(path, taken);
    const oldest = this.#taken.keys().next().value;
    if (this.#taken.size > REMEMBERED_MAX && oldest !== undefined) this.#taken.delete(oldest);
    return taken;
  }
}

/** What bears such a name and is so old was left by a process that was killed: nobody is at it any more. */
const LEFTOVER = /^\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/;
const LEFTOVER_MS = 3_600_000;

/** Others may write into the same folder. */
export async function removeLeftovers(folder: string, nowMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const path of names
    .filter((name) => LEFTOVER.test(name))
    .map((name) => join(folder, name))) {
    const found = await stat(path).catch(() => null);
    if (found !== null && nowMs - found.mtimeMs > LEFTOVER_MS) await unlink(path).catch(() => {});
  }
}

/** Returns the path of the text file. `names`: what is known of this folder's. */
export async function writeNotificationFiles(
  folder: string,
  notice: FileNotice,
  names = new TakenNames(),
): Promise<string> {
  const { baseName, key, text, json } = notice;
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const taken = names.of(join(folder, baseName));
  for (let count = taken.counts.get(key) ?? taken.next; count <= SAME_NAME_MAX; count += 1) {
    const base = join(folder, count === 1 ? baseName : `${baseName}_${count}`);
    const found = await keyIn(`${base}.json`);
    const isOurs =
      found === key || (found === null && (await takeName(folder, { text, json, base })));
    if (isOurs || found !== null) noteTaken(taken, found ?? key, count);
    if (isOurs) return `${base}.txt`;
  }
  throw new Error(`${SAME_NAME_MAX} files named "${baseName}" are there already`);
}

function noteTaken(taken: Taken, key: string, count: number): void {
  taken.counts.set(key, count);
  if (taken.next === count) taken.next = count + 1;
}

/** Write both files under this name. False: another has the name. */
async function takeName(
  folder: string,
  content: Readonly<{ text: string; json: string; base: string }>,
): Promise<boolean> {
  const { text, json, base } = content;
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, text);
    const isOurs = await linkNew(temporary, `${base}.txt`);
    await unlink(temporary);
    if (!isOurs && !(await hasContent(`${base}.txt`, text))) return false;
    await writeDurably(temporary, json);
    const isTaken = await linkNew(temporary, `${base}.json`);
    await syncFolder(folder);
    return isTaken;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** The key in a JSON file; null: no file. A file that is none of ours has a key like no other. */
async function keyIn(path: string): Promise<string | null> {
  try {
    const { key } = JSON.parse(await readFile(path, 'utf8')) as { key?: unknown };
    return typeof key === 'string' ? key : '';
  } catch (cause) {
    return systemCodeOf(cause) === 'ENOENT' ? null : '';
  }
}

/** Whether a crash left our text without its JSON. */
async function hasContent(path: string, text: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => null)) === text;
}

async function writeDurably(path: string, content: string): Promise<void> {
  await using file = await open(path, 'wx', FILE_MODE);
  await file.writeFile(content);
  await file.sync();
}

/** Give a file its name unless another has it. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return false;
    if (!LINK_REFUSED.has(systemCodeOf(cause) ?? '')) throw cause;
  }
  // A file system without hard links: the name is taken first, the bytes follow.
  return copyFile(from, to, constants.COPYFILE_EXCL).then(
    () => true,
    (cause: unknown) => {
      if (systemCodeOf(cause) === 'EEXIST') return false;
      throw cause;
    },
  );
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}
