/** Texts that a server compares otherwise than this machine does, and is asked for so that the answers are the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseQuery } from '../../src/query/parse-query.ts';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ClusterScene, PASSWORDS } from './cluster-scene.ts';

/** Each is the field `note` of a line; some in Latin-1. */
const NOTES = [
  'disk at 90% of 1 TB',
  'load 90%',
  Buffer.from('from Jos\xe9 to Andr\xe9.', 'latin1'),
  // Full width, as Japanese keyboards write; Adlam; a form of a character for compatibility; Vietnamese.
  '\uff21\uff22\uff23',
  '\u{1e900}\u{1e901}',
  '\ufa19\u6238',
  'Ti\u00ea\u0301ng Vi\u00ea\u0323t',
  'Ti\u1ebfng Vi\u1ec7t',
  'Cafe\u0301 open',
  'Cafe open',
];

let scene: ClusterScene;

beforeAll(async () => {
  scene = await ClusterScene.start();
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const time = new Date(Date.now() - 60_000).toISOString();
  const lines = NOTES.flatMap((note) => [
    Buffer.from(`{"time":"${time}","level":"info","msg":"noted","note":"`),
    Buffer.from(note),
    Buffer.from('"}\n'),
  ]);
  scene.project.folder.write('logs/odd.log', Buffer.concat(lines));
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  const copied = async (): Promise<number> =>
    JSON.parse((await scene.cli('clickhouse', 'status', '--json')).stdout).progress.ackedRows;
  await daemon.waitFor(async () => (await copied()) === NOTES.length, { what: 'the copy' });
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

describe('the cluster finds what this machine finds', () => {
  test.each([
    { text: 'note:*90%*', count: 2 },
    { text: 'note:load*90%*', count: 1 },
    { text: 'note:*%*of*', count: 1 },
    { text: 'note:from*to*', count: 1 },
    { text: 'note:f*to*.', count: 1 },
    { text: 'note:f*t*m*', count: 0 },
    { text: 'note:from*größe*', count: 0 },
    { text: 'note:\uff41\uff42\uff43', count: 1 },
    { text: '\u{1e922}\u{1e923}', count: 1 },
    { text: 'note:\u795e\u6238', count: 1 },
    { text: '"ti\u1ebfng vi\u1ec7t"', count: 2 },
    { text: 'note:cafe*', count: 1 },
    { text: 'note:c*e*open', count: 1 },
    { text: 'note:*cafe*open', count: 1 },
  ])('with $text', ({ text, count }) => {
    using local = scene.openLocal();
    using cluster = scene.openCluster();

    const { filter } = parseQuery(text, { nowMs: Date.now(), timezone: 'UTC' });
    expect(local.count({ query: filter })).toBe(count);
    expect(cluster.count({ query: filter })).toBe(count);
  });
});
