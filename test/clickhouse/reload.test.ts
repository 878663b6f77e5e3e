/** What a reload changes: who answers the page and the API, with which password entries are read and sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, configOf } from './cluster-scene.ts';
import { READER, WRITER } from './test-cluster.ts';

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

test('a daemon that runs lets another engine answer after cutover and rollback, and takes changed passwords', async () => {
  const { folder } = scene.project;
  folder.write('reader', `${READER.password}\n`);
  folder.write('writer', `${WRITER.password}\n`);
  const files = `password_file = ${folder.join('writer')}\nreader_password_file = ${folder.join('reader')}\n`;
  scene.project.configure(configOf(scene.cluster.addresses, 'both', files));
  folder.write('logs/shop.log', `${new Date().toISOString()} ERROR order failed\n`);
  await using daemon = await DaemonProcess.start(scene.project);
  const cli = (...args: string[]) => scene.project.cli(args);
  const { http } = (await scene.project.cliJson(['status', '--json'])) as { http: { url: string } };
  const search = () => fetch(`${http.url}/api/search?q=order`);
  /** The machine stands in what a cluster answers. */
  const hostTold = async (): Promise<unknown> => {
    const { records } = (await (await search()).json()) as { records: { host?: string }[] };
    return records[0]?.host;
  };
  await daemon.waitFor(async () => (await cli('clickhouse', 'verify')).stdout.includes('1 entry'));

  expect(await hostTold()).toBeUndefined();
  expect(await cli('clickhouse', 'backfill')).toMatchObject({ code: 0 });
  expect(await cli('clickhouse', 'cutover')).toMatchObject({ code: 0 });
  expect(await hostTold()).toBe('web1');

  folder.write('reader', 'wrong\n');
  expect(await cli('reload')).toMatchObject({ code: 0 });
  expect((await search()).status).toBe(502);
  folder.write('reader', `${READER.password}\n`);
  expect(await cli('reload')).toMatchObject({ code: 0 });
  expect(await hostTold()).toBe('web1');

  expect(await cli('clickhouse', 'rollback')).toMatchObject({ code: 0 });
  expect(await hostTold()).toBeUndefined();
});
