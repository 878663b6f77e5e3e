/** What only a fleet has: archives of old servers brought over, and one place to ask that follows nothing itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DaemonProcess, MAIN_PATH } from '../support/daemon-process.ts';
import { type LogTruth, writeLog } from '../support/log-generator.ts';
import { ClusterScene, configOf, PASSWORDS } from './cluster-scene.ts';

const OLD_COUNT = 3_000;
const NEW_COUNT = 5;
const DAY_MS = 86_400_000;

let scene: ClusterScene;
let old: LogTruth;

beforeAll(async () => {
  scene = await ClusterScene.start('local');
  expect((await scene.cli('clickhouse', 'setup')).code).toBe(0);
  const { folder } = scene.project;
  // Each run makes segments of its own, so that retention takes the old ones whole.
  const startMs = Date.now() - 10 * DAY_MS;
  const options = { format: 'pino', entryCount: OLD_COUNT, startMs, spanMs: 2 * DAY_MS } as const;
  old = writeLog(folder.join('logs/old.log'), options);
  expect((await scene.cli('once')).code).toBe(0);
  const stamp = new Date(Date.now() - 3_600_000).toISOString();
  const line = (_: unknown, index: number) => `${stamp} ERROR order ${index} failed\n`;
  folder.write('logs/shop.log', Array.from({ length: NEW_COUNT }, line).join(''));
  expect((await scene.cli('once')).code).toBe(0);
  scene.project.configure(configOf(scene.cluster.addresses, 'both', '\n[retention]\nage = 2d\n'));
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

test('backfill --archives sends what only archived files still have, once', async () => {
  await using daemon = await DaemonProcess.start(scene.project, { env: PASSWORDS });
  await daemon.waitFor(async () => (await count('local')) === NEW_COUNT, { what: 'retention' });

  const sent = await scene.cli('clickhouse', 'backfill', '--archives');
  expect(sent.stderr).toBe('');
  expect(sent.stdout).toBe(
    `${NEW_COUNT} entries of the past sent\n${OLD_COUNT.toLocaleString('en-US')} entries of 1 archived file sent\n`,
  );
  expect(await levels()).toEqual({ ...old.levels, ERROR: (old.levels.ERROR ?? 0) + NEW_COUNT });

  // What an interruption, or somebody, left out is all that is sent again.
  const middle = Math.round(old.byteCount / 2);
  let kept = 0;
  for (const index of [0, 1]) {
    await scene.cluster.query(
      `ALTER TABLE logstead.otel_logs_local DELETE WHERE ServiceName = 'old' AND Offset > ${middle} SETTINGS mutations_sync = 2`,
      index,
    );
    kept += Number(
      await scene.cluster.query('SELECT count() FROM logstead.otel_logs_local', index),
    );
  }
  const missing = OLD_COUNT + NEW_COUNT - kept;
  expect(missing).toBeGreaterThan(OLD_COUNT / 4);
  const again = await scene.cli('clickhouse', 'backfill', '--archives');
  expect(again.stdout).toContain(`${missing.toLocaleString('en-US')} entries of 1 archived file`);
  const none = await scene.cli('clickhouse', 'backfill', '--archives');
  expect(none.stdout).toContain('\n0 entries of 1 archived file sent\n');
  expect(await count('clickhouse')).toBe(OLD_COUNT + NEW_COUNT);
  expect((await scene.cli('clickhouse', 'verify')).code).toBe(0);
});

test('serve answers HTTP from the cluster on a machine that keeps nothing', async () => {
  await using served = await Served.start();

  const { records } = await served.ask('/api/search?q=source:shop&limit=2');
  expect(records).toHaveLength(2);
  expect(records[0]).toMatchObject({ level: 'ERROR', source: 'shop', host: 'web1' });
  expect((await served.ask('/api/stats')).total).toBe(OLD_COUNT + NEW_COUNT);
  const { values } = await served.ask('/api/values?field=host');
  expect(values).toEqual([{ name: 'web1', count: OLD_COUNT + NEW_COUNT }]);
  expect((await served.ask('/api/histogram?q=source:shop')).total).toBe(NEW_COUNT);
  expect((await served.ask('/api/patterns?q=source:shop')).patterns).toMatchObject([
    { pattern: 'order <n> failed', count: NEW_COUNT },
  ]);
  const page = await fetch(`${served.url}/`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<title>');
  expect(await served.ask('/api/status')).toMatchObject({ ready: true });

  await scene.cluster.kill(1);
  const refused = await fetch(`${served.url}/api/search?q=source:shop`);
  expect(refused.status).toBe(503);
  await scene.cluster.startServer(1);
  expect((await served.ask('/api/search?q=source:shop')).records).toHaveLength(NEW_COUNT);
});

async function count(engine: 'local' | 'clickhouse'): Promise<number> {
  return Number((await scene.cli('search', '--engine', engine, '-c', '*')).stdout);
}

async function levels(): Promise<Record<string, number>> {
  const { stdout } = await scene.cli('stats', '--engine', 'clickhouse', '--json', '*');
  return JSON.parse(stdout).levels;
}

/** `logstead serve` in a folder of its own. */
class Served implements AsyncDisposable {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start(): Promise<Served> {
    const child = spawn(process.execPath, [MAIN_PATH, 'serve', '--engine', 'clickhouse'], {
      cwd: scene.project.folder.path,
      env: { ...process.env, ...PASSWORDS },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /"http":"([^"]+)"/.exec(line)?.[1];
      if (url === undefined) continue;
      return new Served(url, async () => {
        child.kill('SIGTERM');
        expect((await ended)[0]).toBe(0);
      });
    }
    throw new Error('serve ended before it listened');
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
  async ask(path: string): Promise<any> {
    const response = await fetch(`${this.url}${path}`);
    expect(response.status, path).toBe(200);
    return response.json();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}
