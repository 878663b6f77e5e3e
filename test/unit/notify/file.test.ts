import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { NotificationEvent } from '../../../src/model/notification.ts';
import { TakenNames, writeNotificationFiles } from '../../../src/notify/file.ts';
import { type FileNotice, fileNoticeOf } from '../../../src/notify/file-notice.ts';
import { alertNotice, outboxRow, runNotice } from '../../support/notices.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const CONTEXT = { timezone: 'UTC', configName: 'config.ini' };

function noticeOf(event: NotificationEvent, key?: string): FileNotice {
  return fileNoticeOf(outboxRow(event, key === undefined ? {} : { key }), CONTEXT);
}

test('writeNotificationFiles() writes EVENT_STATUS_TIMESTAMP.txt, and the same as JSON beside it', async () => {
  using folder = TempFolder.make();
  const event = runNotice({
    status: 'FAILED',
    failure: { stage: 'archive', message: 'No space left', hint: 'Make room' },
  });
  const path = await writeNotificationFiles(folder.path, noticeOf(event));
  expect(path).toBe(folder.join('rotate_FAILED_20261120-125712.txt'));
  const text = readFileSync(path, 'utf8');
  for (const part of [
    'rotate',
    'FAILED',
    '2026-11-20T12:57:12',
    'archive',
    'No space left',
    '1,041',
  ]) {
    expect(text).toContain(part);
  }
  expect(JSON.parse(folder.read('rotate_FAILED_20261120-125712.json'))).toMatchObject({
    event: 'rotate',
    status: 'FAILED',
    timestamp: '2026-11-20T12:57:12.106Z',
    context: { failure: { stage: 'archive' }, context: [{ name: 'Read' }] },
  });
  expect(readdirSync(folder.path)).toHaveLength(2);
});

test('writeNotificationFiles() lets no file of the same second take the place of another', async () => {
  using folder = TempFolder.make();
  const keys = Array.from({ length: 20 }, (_, index) => `run:${index}`);
  const paths = await Promise.all(
    keys.map((key) => writeNotificationFiles(folder.path, noticeOf(runNotice(), key))),
  );
  expect(new Set(paths).size).toBe(keys.length);
  const found = readdirSync(folder.path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => String((JSON.parse(folder.read(name)) as { key: string }).key));
  expect(found.sort()).toEqual([...keys].sort());
  expect(readdirSync(folder.path)).toHaveLength(2 * keys.length);
});

test('writeNotificationFiles() leaves a file of its name that is not its own', async () => {
  using folder = TempFolder.make();
  folder.write('rotate_SUCCESS_20261120-125712.txt', 'mine');
  folder.write('rotate_SUCCESS_20261120-125712_2.json', 'not JSON');
  const path = await writeNotificationFiles(folder.path, noticeOf(runNotice()));
  expect(path).toBe(folder.join('rotate_SUCCESS_20261120-125712_3.txt'));
  expect(folder.read('rotate_SUCCESS_20261120-125712.txt')).toBe('mine');
});

test('writeNotificationFiles() repeated after a crash, finds what it wrote', async () => {
  using folder = TempFolder.make();
  const notice = noticeOf(alertNotice());
  const path = await writeNotificationFiles(folder.path, notice);
  expect(await writeNotificationFiles(folder.path, notice)).toBe(path);
  // The crash came between the two files.
  unlinkSync(path.replace('.txt', '.json'));
  expect(await writeNotificationFiles(folder.path, notice)).toBe(path);
  expect(readdirSync(folder.path)).toHaveLength(2);
});

test('writeNotificationFiles() asks no file of a storm again which of them has its name', async () => {
  using folder = TempFolder.make();
  const names = new TakenNames();
  const write = (key: string, known = names): Promise<string> =>
    writeNotificationFiles(folder.path, noticeOf(runNotice(), key), known);
  const first = await write('run:1');
  const second = await write('run:2');
  // Nobody looks whether it is still there.
  for (const path of [first, first.replace('.txt', '.json')]) unlinkSync(path);
  expect(await write('run:3')).toBe(folder.join('rotate_SUCCESS_20261120-125712_3.txt'));
  // What was delivered and not noted is found, by whoever wrote it and after the next start.
  expect(await write('run:2')).toBe(second);
  expect(await write('run:4', new TakenNames())).toBe(first);
  expect(await write('run:3', new TakenNames())).toBe(
    folder.join('rotate_SUCCESS_20261120-125712_3.txt'),
  );
});

test('writeNotificationFiles() finds its text that a crash left without JSON, though later ones are known', async () => {
  using folder = TempFolder.make();
  const keys = ['run:1', 'run:2', 'run:3'];
  const noticeBy = (key: string): FileNotice => noticeOf(runNotice(), key);
  for (const key of keys) await writeNotificationFiles(folder.path, noticeBy(key));
  unlinkSync(folder.join('rotate_SUCCESS_20261120-125712_2.json'));
  const names = new TakenNames();
  await writeNotificationFiles(folder.path, noticeBy('run:3'), names);
  const path = await writeNotificationFiles(folder.path, noticeBy('run:2'), names);
  expect(path).toBe(folder.join('rotate_SUCCESS_20261120-125712_2.txt'));
  expect(readdirSync(folder.path)).toHaveLength(2 * keys.length);
});

test('writeNotificationFiles() makes the folder, and leaves nothing half-written where it cannot write', async () => {
  using folder = TempFolder.make();
  await writeNotificationFiles(folder.join('a/b'), noticeOf(runNotice()));
  expect(readdirSync(folder.join('a/b'))).toHaveLength(2);
  writeFileSync(folder.join('file'), '');
  await expect(
    writeNotificationFiles(folder.join('file'), noticeOf(runNotice())),
  ).rejects.toThrow();
});

test('writeNotificationFiles() names files of alerts safely, whatever the rule is called', async () => {
  using folder = TempFolder.make();
  const event = alertNotice({ rule: '../../etc/passwd\n\u202e' });
  const path = await writeNotificationFiles(folder.path, noticeOf(event));
  expect(path.slice(folder.path.length)).toMatch(/^\/alert_[\w.]+_OPENED_20261120-125712\.txt$/);
});
