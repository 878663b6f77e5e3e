/** Reports on disk: never over another, whole or not at all. */
import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import { buildReport } from '../../../src/report/report.ts';
import { writeReport } from '../../../src/report/report-files.ts';
import { CONTEXT, tallyOf } from '../../support/report-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const REPORT = buildReport(tallyOf([]), CONTEXT);

test('writeReport() names three files by local time, text first, and counts up in the same second', async () => {
  using folder = TempFolder.make();
  const target = folder.join('reports');
  const names = async (): Promise<string[]> => {
    const paths = await writeReport({ disk: systemDisk, folder: target }, REPORT);
    return paths.map((path) => basename(path));
  };
  expect(await names()).toEqual(
    ['txt', 'json', 'html'].map((ending) => `report_20261121-000502.${ending}`),
  );
  expect((await names())[0]).toBe('report_20261121-000502.2.txt');
  expect((await names())[0]).toBe('report_20261121-000502.3.txt');
  expect(readdirSync(target)).toHaveLength(9);
});

test('writeReport() leaves alone what has its name, links too, and clears what a crash left', async () => {
  using folder = TempFolder.make();
  folder.write('report_20261121-000502.json', 'mine');
  symlinkSync('/nowhere', folder.join('report_20261121-000502.2.html'));
  folder.write('report_20261121-000502.3.txt.part', 'half');
  const place = { disk: systemDisk, folder: folder.path };
  const [text] = await writeReport(place, REPORT);
  expect(basename(text!)).toBe('report_20261121-000502.3.txt');
  expect(folder.read('report_20261121-000502.json')).toBe('mine');
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(readFileSync(text!, 'utf8')).toContain('Written 21 Nov 2026');
});

test('writeReport() says what is wrong with the folder', async () => {
  using folder = TempFolder.make();
  const path = folder.join('file');
  writeFileSync(path, '');
  chmodSync(path, 0o600);
  await expect(writeReport({ disk: systemDisk, folder: path }, REPORT)).rejects.toThrow(
    /Cannot write the report "report_20261121-000502"/,
  );
});
