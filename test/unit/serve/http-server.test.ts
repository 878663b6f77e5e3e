import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { EntryRecord } from '../../../src/model/entry.ts';
import { HttpServer } from '../../../src/serve/http-server.ts';
import type { HistogramAnswer, SearchAnswer, StatsAnswer } from '../../../src/serve/questions.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HTTP_SETTINGS, HttpScene, STATUS } from '../../support/http-scene.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = [
  {
    timestampUs: NOON_US - 7_200e6,
    level: 'INFO',
    source: 'api',
    message: 'started',
    tags: ['web'],
  },
  {
    timestampUs: NOON_US - 120e6,
    level: 'WARN',
    source: 'api',
    message: 'slow answer, timeout near',
  },
  {
    timestampUs: NOON_US - 60e6,
    level: 'ERROR',
    source: 'payments',
    message: 'upstream Timeout',
    tags: ['web'],
    fields: [{ key: 'status', value: '504' }],
  },
];

let scene: HttpScene;

beforeAll(async () => {
  scene = await HttpScene.open(ENTRIES);
});

afterAll(() => scene[Symbol.asyncDispose]());

describe('GET /api/search', () => {
  test('answers the records of search --json, newest first, page by page', async () => {
    const first = (await scene.json('/api/search?q=timeout&limit=1')) as SearchAnswer;
    expect(first.records).toEqual([
      {
        timestamp: '2026-11-20T11:59:00.000Z',
        level: 'ERROR',
        severity: 40,
        source: 'payments',
        message: 'upstream Timeout',
        tags: ['web'],
        metadata: { status: '504' },
        file: '/var/log/payments.log',
        offset: 300,
      } satisfies EntryRecord,
    ]);
    const next = (await scene.json(
      `/api/search?q=timeout&limit=1&cursor=${first.cursor}`,
    )) as SearchAnswer;
    expect(next.records.map(({ level }) => level)).toEqual(['WARN']);
    expect(next.cursor).toBeNull();
  });

  test('takes times, order and hits', async () => {
    const path =
      '/api/search?q=time*&since=2026-11-20T11:58:00Z&until=2026-11-20T12:00:00Z&order=oldest&hits=true';
    const answer = (await scene.json(path)) as SearchAnswer;
    expect(answer.records.map(({ source }) => source)).toEqual(['api', 'payments']);
    expect(answer.hits).toEqual([[{ start: 13, end: 17 }], [{ start: 9, end: 13 }]]);
    const local = (await scene.json(
      '/api/search?since=2026-11-20%2012:58&tz=Europe/Berlin',
    )) as SearchAnswer;
    expect(local.records).toHaveLength(2);
  });

  test('says of a table of which it gives the first rows how many there are', async () => {
    await using own = await HttpScene.open(
      [0, 10_000].map((minute) => ({ ...ENTRIES[0]!, timestampUs: NOON_US + minute * 60e6 })),
    );
    const rowsOf = async (question: string): Promise<unknown[]> => {
      const { table } = (await own.json(`/api/search?q=started+|+${question}`)) as SearchAnswer;
      return [table?.rows.length, table?.rowCount];
    };
    expect(await rowsOf('timechart+1m')).toEqual([10_000, 10_001]);
    expect(await rowsOf('timechart+1h')).toEqual([167, 167]);
  });

  test('answers a mistake in the query with its column', async () => {
    const { status, text } = await scene.get('/api/search?q=level%3E=eror');
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({
      error: {
        code: 'QUERY_INVALID',
        message: expect.stringContaining('column 8'),
        column: 8,
        length: 4,
        expected: 'a level (trace, debug, info, warn, error, fatal)',
        hint: 'Did you mean error?',
        suggestion: 'error',
      },
    });
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'since=soon',
    'cursor=x',
    'order=up',
    'tz=Nowhere',
    'what=1',
  ])('refuses %s with 400', async (question) => {
    const { status, text } = await scene.get(`/api/search?${question}`);
    expect({ status, code: JSON.parse(text).error.code }).toEqual({
      status: 400,
      code: expect.stringMatching(/USAGE|QUERY_INVALID/),
    });
  });
});

test('an answer behind stages, which no cursor goes on, says whether it holds all of them', async () => {
  const endOf = async (question: string): Promise<unknown[]> => {
    const { records, cursor, cut } = (await scene.json(`/api/search?${question}`)) as SearchAnswer;
    return [records.length, cursor === null, cut];
  };
  expect(await endOf('q=*+|+sort+status&limit=2')).toEqual([2, true, true]);
  expect(await endOf('q=*+|+sort+status&limit=3')).toEqual([3, true, false]);
  expect(await endOf('q=*+|+limit+2&limit=2')).toEqual([2, true, false]);
  expect(await endOf('q=*&limit=2')).toEqual([2, false, undefined]);
});

describe('GET /api/stats, /api/histogram, /api/alerts', () => {
  test('count by level, source and tag', async () => {
    const stats = (await scene.json('/api/stats')) as StatsAnswer;
    expect(stats).toMatchObject({
      total: 3,
      levels: { INFO: 1, WARN: 1, ERROR: 1 },
      sources: { api: 2, payments: 1 },
      tags: { web: 2 },
      first: '2026-11-20T10:00:00.000Z',
    });
    expect(await scene.json('/api/stats?q=timeout')).toMatchObject({ total: 2 });
  });

  test('count over time, in round steps', async () => {
    const histogram = (await scene.json('/api/histogram?buckets=30')) as HistogramAnswer;
    expect(histogram.bucketMs).toBe(300_000);
    expect(histogram.total).toBe(3);
    expect(histogram.buckets.map(({ start, counts }) => [start, counts])).toEqual([
      ['2026-11-20T10:00:00.000Z', { INFO: 1 }],
      ['2026-11-20T11:55:00.000Z', { WARN: 1, ERROR: 1 }],
    ]);
    expect(await scene.json('/api/histogram?q=nowhere')).toMatchObject({
      total: 0,
      buckets: [],
      from: null,
    });
  });

  test('list fields and values, for completion', async () => {
    expect(await scene.json('/api/fields?q=timeout')).toEqual({
      fields: [{ name: 'status', count: 1, distinct: 1, values: [{ value: '504', count: 1 }] }],
      entryCount: 2,
    });
    expect(await scene.json('/api/values?field=source')).toEqual({
      field: 'source',
      values: [
        { name: 'api', count: 2 },
        { name: 'payments', count: 1 },
      ],
    });
    expect(await scene.json('/api/values?field=source&prefix=PAY&q=level:error')).toMatchObject({
      values: [{ name: 'payments', count: 1 }],
    });
    expect((await scene.get('/api/values')).status).toBe(400);
  });

  test('list incidents', async () => {
    expect(await scene.json('/api/alerts?state=open&severity=high')).toEqual({ incidents: [] });
    expect((await scene.get('/api/alerts?severity=loud')).status).toBe(400);
  });
});

describe('GET /api/status, /metrics, /healthz, /readyz', () => {
  test('say what the daemon says of itself', async () => {
    expect(await scene.json('/api/status')).toEqual(STATUS);
    expect(await scene.json('/healthz')).toEqual({ status: 'ok' });
    expect(await scene.json('/readyz')).toEqual({ status: 'ready' });
    scene.status = {
      ...STATUS,
      ready: false,
      ingest: { ...STATUS.ingest, trouble: { message: 'disk full', sinceMs: 1 } },
    };
    const { status, text } = await scene.get('/readyz');
    scene.status = STATUS;
    expect({ status, body: JSON.parse(text) }).toEqual({
      status: 503,
      body: { status: 'not ready', reason: 'disk full' },
    });
  });

  test('ask for rows of files only where somebody wants them', async () => {
    scene.rowsAsked.length = 0;
    for (const path of ['/readyz', '/metrics', '/api/rules', '/api/status?files=none']) {
      expect((await scene.get(path)).status).toBe(200);
    }
    expect(new Set(scene.rowsAsked)).toEqual(new Set(['none']));
    await scene.get('/api/status?files=behind');
    await scene.get('/api/status');
    expect(scene.rowsAsked.slice(-2)).toEqual(['behind', 'all']);
  });

  test('metrics keep the conventions of Prometheus', async () => {
    const { headers, text } = await scene.get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('\nlogstead_ingest_lag_bytes 7\n');
    expect(text).toMatch(
      /\nlogstead_http_request_duration_seconds_bucket\{route="\/api\/search",le="\+Inf"\} \d+\n/,
    );
    expect(text).toMatch(/\nlogstead_process_resident_memory_bytes [1-9]\d+\n/);
    expect(text).toContain('logstead_build_info{version="1.2.3"} 1\n');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# HELP logstead_\w+ \S.*|# TYPE logstead_\w+ (counter|gauge|histogram)|logstead_\w+(\{(\w+="[^"]*",?)+\})? -?\d+(\.\d+)?(e-\d+)?)$/,
      );
    }
    for (const [, name, type] of text.matchAll(/# TYPE (\w+) (\w+)/g)) {
      expect(name!.endsWith('_total')).toBe(type === 'counter');
    }
  });
});

describe('HttpServer', () => {
  test('answers only those who mean this server', async () => {
    const statusFor = async (headers: Record<string, string>): Promise<number> =>
      (await scene.get('/api/stats', headers)).status;
    expect(await statusFor({})).toBe(200);
    expect(await statusFor({ host: 'localhost:5647' })).toBe(200);
    expect(await statusFor({ host: '[::1]:5647' })).toBe(200);
    for (const host of [
      'evil.example',
      'evil.example:5647',
      '127.0.0.1.evil.example',
      '127.evil',
      '10.0.0.1',
      '[::2]',
    ]) {
      expect({ host, status: await statusFor({ host }) }).toEqual({ host, status: 403 });
    }
    expect(await statusFor({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).toBe(403);
    expect(await statusFor({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(
      200,
    );
    expect(await statusFor({ origin: 'http://evil.example' })).toBe(403);
    expect(await statusFor({ origin: scene.server.url })).toBe(200);
  });

  test('lets a page do nothing but use its own files', async () => {
    for (const path of ['/', '/dashboard.js', '/api/stats', '/nowhere']) {
      const { headers } = await scene.get(path);
      expect(headers['content-security-policy']).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('serves the dashboard from memory, and nothing else', async () => {
    const page = await scene.get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    const names = [...page.text.matchAll(/(?:href|src)="(\/[\w.?-]+)"/g)].map((match) => match[1]!);
    for (const name of names) expect((await scene.get(name)).status).toBe(200);
    const tag = String(page.headers.etag);
    expect((await scene.get('/', { 'if-none-match': tag })).status).toBe(304);
    for (const path of [
      '/tsconfig.json',
      '/../http-server.ts',
      '/%2e%2e/http-server.ts',
      '/dashboard/dashboard.js',
    ]) {
      expect({ path, status: (await scene.get(path)).status }).toEqual({ path, status: 404 });
    }
  });
});

describe('HttpServer in trouble', () => {
  test('says what to do where the port is taken', async () => {
    const taken = Number(new URL(scene.server.url).port);
    const listening = HttpServer.listen({
      clock: systemClock,
      log: silentLog,
      settings: () => ({ ...scene.settings, http: { ...HTTP_SETTINGS, port: taken } }),
      status: () => STATUS,
      ingest: { changeSavedQuery: async () => true, actOnAlerts: async () => {} },
      linkKey: scene.linkKey,
    });
    await expect(listening).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `Cannot listen on 127.0.0.1:${taken}: another program does`,
    });
  });

  test('answers at each address of localhost, on one port', async () => {
    await using server = await HttpServer.listen({
      clock: systemClock,
      log: silentLog,
      settings: () => ({ ...scene.settings, http: { ...HTTP_SETTINGS, host: 'localhost' } }),
      status: () => STATUS,
      ingest: { changeSavedQuery: async () => true, actOnAlerts: async () => {} },
      linkKey: scene.linkKey,
    });
    const { port } = new URL(server.url);
    for (const { address, family } of await lookup('localhost', { all: true })) {
      const host = family === 6 ? `[${address}]` : address;
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
    }
  });

  test('takes the longest query, in any alphabet', async () => {
    for (const letter of ['a', '状']) {
      const query = encodeURIComponent(letter.repeat(16 * 1024));
      expect((await scene.get(`/api/search?q=${query}`)).status).toBe(200);
    }
  });

  test('names what is wrong with a parameter, and what is allowed', async () => {
    const messageOf = async (path: string): Promise<string> => {
      const { status, text } = await scene.get(path);
      expect(status).toBe(400);
      return JSON.parse(text).error.message;
    };
    expect(await messageOf('/api/search?bogus=1')).toBe('There is no parameter "bogus" here');
    expect(await messageOf('/api/search?order=up')).toMatch(
      /^The parameter "order" has to be one of: newest, oldest/,
    );
    expect(await messageOf('/api/search?limit=many')).toMatch(/^The parameter "limit" must be/);
    const twice = await messageOf('/api/search?q=a&q=b');
    expect(twice).toBe('The parameter "q" is there more than once; give it once');
  });

  test('goes on after requests that are no HTTP, too large, or other methods', async () => {
    const { port } = new URL(scene.server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.end('\x16\x03\x01garbage\r\n\r\n'),
      );
      socket.on('close', () => resolve());
      socket.on('error', () => resolve());
      socket.resume();
    });
    const large = await scene.get('/healthz', { 'x-large': 'x'.repeat(200_000) });
    expect(large.status).toBe(431);
    expect(JSON.parse(large.text).error.code).toBe('USAGE');
    expect((await scene.get('/healthz')).status).toBe(200);
  });
});

test('a request with two Host headers is refused: a proxy may have believed the other one', async () => {
  expect(await askNaming('localhost')).toMatch(/^HTTP\/1\.1 200 /);
  for (const hosts of [
    ['localhost', 'evil.example'],
    ['evil.example', 'localhost'],
    ['localhost', 'localhost'],
  ]) {
    const answer = await askNaming(...hosts);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('more than one Host header');
  }
});

test('what no route has seen is answered as every other mistake', async () => {
  const errorFor = async (path: string): Promise<unknown> => {
    const { status, headers, text } = await scene.get(path);
    return [status, headers['x-content-type-options'], JSON.parse(text).error.code];
  };
  expect(await errorFor('/api/alerts/%zz')).toEqual([400, 'nosniff', 'USAGE']);
  expect(await errorFor(`/api/alerts/${'a'.repeat(2_000)}`)).toEqual([414, 'nosniff', 'USAGE']);
  const nameless = await askNaming();
  expect(nameless).toMatch(/^HTTP\/1\.1 400 /);
  expect(nameless).toContain('{"error":{"code":"USAGE","message":"The request has no Host header');
});

async function askNaming(...hosts: string[]): Promise<string> {
  const { hostname, port } = new URL(scene.server.url);
  const socket = connect(Number(port), hostname);
  const lines = ['GET /api/status HTTP/1.1', ...hosts.map((host) => `Host: ${host}`)];
  socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
  return text(socket);
}
