/**
 * Notifications as files in `notify_dir`: `EVENT_STATUS_TIMESTAMP.txt` for people, the same as `.json` for programs.
 *
 * - A file appears whole or not at all, and never takes the place of another: a second one of the same second gets
 *   a counter.
 * - The name follows from the notification, so a delivery that is repeated after a crash finds its own file and
 *   leaves it: the JSON is written last and carries the key.
 */
import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { LINK_REFUSED } from '../base/take-name.ts';
import type { FileNotice } from './file-notice.ts';

/** More notifications of one event in one second are a fault; the delivery is tried again later. */
const SAME_NAME_MAX = 10_000;

/** Owner and group: log lines are in it. */
const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** Returns the path of the text file. */
export async function writeNotificationFiles(folder: string, notice: FileNotice): Promise<string> {
  const { baseName, key, text, json } = notice;
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  for (let count = 1; count <= SAME_NAME_MAX; count += 1) {
    const base = join(folder, count === 1 ? baseName : `${baseName}_${count}`);
    const found = await keyIn(`${base}.json`);
    if (found === key) return `${base}.txt`;
    if (found !== null) continue;
    if (await takeName(folder, { text, json, base })) return `${base}.txt`;
  }
  throw new Error(`${SAME_NAME_MAX} files named "${baseName}" are there already`);
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
