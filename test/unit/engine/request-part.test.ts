/** Requests as segments store them: what is one, its route, its times; against counting by hand. */
import { expect, test } from 'vitest';
import {
  RequestCounts,
  ROUTES_MAX,
  type RouteCounts,
  TIME_CLASS_COUNT,
  timeClassOf,
  timeOfClass,
} from '../../../src/engine/request-part.ts';
import { routeOf } from '../../../src/engine/request-route.ts';
import { NEED } from '../../../src/engine/segment-format.ts';
import { requestSummary } from '../../../src/report/request-summary.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test.each([
  ['GET', '/', 'GET /'],
  ['GET', '/users/42', 'GET /users/<id>'],
  ['GET', '/users/42/orders?page=2', 'GET /users/<id>/orders'],
  ['POST', '/v1/carts/1b8dc10c-a689-40c1-ad1e-a783f1c93056/items', 'POST /v1/carts/<id>/items'],
  ['GET', '/static/app.3f2a.js', 'GET /static/app.3f2a.js'],
  ['GET', '/favicon.ico/68123ed6', 'GET /favicon.ico/<id>'],
  ['GET', '/u/anna@example.org', 'GET /u/<id>'],
  ['GET', 'https://shop.example.com/cart#top', 'GET /cart'],
  ['GET', 'https://shop.example.com', null],
  ['GET', '/files/a%20b;v=1', 'GET /files/<id>'],
  ['GET', '/jobs/7c9d-worker', 'GET /jobs/7c9d-worker'],
  ['GET', '/jobs/worker-7c9d-4410-eu', 'GET /jobs/<id>'],
  ['GET', '', null],
  ['GET', '*/x', null],
  ['OPTIONS', '*', 'OPTIONS *'],
  ['FETCH', '/users', null],
  ['GET', 'users', null],
  ['GET', `/${'a'.repeat(50)}`, 'GET /<id>'],
  ['GET', '/a/b/c/d/e/f/g/h/i/j/k', 'GET /a/b/c/d/e/f/g/h'],
])('routeOf() makes of %s %s: %s', (method, path, route) => {
  expect(routeOf(method, path)).toBe(route);
});

test('timeClassOf() and timeOfClass() agree to a tenth, and end somewhere', () => {
  for (const us of [1, 7, 999, 12_345, 1_000_000, 59_999_999]) {
    const back = timeOfClass(timeClassOf(us));
    expect(Math.abs(back - us) / us).toBeLessThan(0.1);
  }
  expect(timeClassOf(0)).toBe(0);
  expect(timeClassOf(Number.MAX_SAFE_INTEGER)).toBe(TIME_CLASS_COUNT - 1);
});

const ROWS: readonly Record<string, string | number>[] = [
  { method: 'GET', path: '/users/1', status: 200, duration_ms: 10 },
  { method: 'GET', path: '/users/2', status: 502, duration_ms: 30 },
  { 'req.method': 'GET', 'req.url': '/users/3?x=1', 'res.statusCode': 200, responseTime: 20 },
  { method: 'POST', path: '/login', status: 500, duration: '0.25' },
  { method: 'POST', path: '/login', status: 200, latency: '1.5ms' },
  { method: 'POST', path: '/login', latency: 'fast' },
  { path: '/etc/passwd', status: 500 },
  { method: 'run', path: '/jobs' },
];

function entriesOf(rows: readonly Record<string, string | number>[]): TestEntry[] {
  return rows.map((fields, index) => ({
    timestampUs: 1_000_000 * (index + 1),
    level: 'INFO',
    source: index % 2 === 0 ? 'web' : 'api',
    message: `request ${index}`,
    fields: Object.entries(fields).map(([key, value]) => ({ key, value: String(value) })),
  }));
}

function storedOf(store: TestStore): RouteCounts[] {
  using reader = store.openReader();
  const all = new RequestCounts();
  reader.fold(
    { query: { kind: 'everything' } },
    () => ({
      take: () => expect.unreachable('a whole segment is told by its counts'),
      takeCounts(counts) {
        all.addAll(counts.requests);
        return true;
      },
      result: () => null,
    }),
    { need: NEED.TIMESTAMP, withText: false, withOrigins: false },
  );
  return all.list();
}

test('segments store what their rows are as requests', async () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path, { limits: { segmentRows: 4 } });
  for (const entry of entriesOf(ROWS)) store.add([entry]);
  const check = (): void => {
    const facts = storedOf(store).map(({ times: _times, ...rest }) => rest);
    expect(facts).toHaveLength(4);
    expect(facts).toEqual(
      expect.arrayContaining([
        fact('web', 'GET /users/<id>', [2, 0, 2, 30_000, 20_000]),
        fact('api', 'GET /users/<id>', [1, 1, 1, 30_000, 30_000]),
        fact('api', 'POST /login', [2, 1, 1, 250_000, 250_000]),
        fact('web', 'POST /login', [1, 0, 1, 1_500, 1_500]),
      ]),
    );
  };
  check();
  while (await store.engine.compact());
  check();
});

test('requests of a head are the same, whatever of it was looked at before it was sealed', async () => {
  const rows = Array.from({ length: 9_500 }, (_, index) => ({
    method: index % 3 === 0 ? 'POST' : 'GET',
    path: `/orders/${index}/${['items', 'pay', 'ship'][index % 7] ?? 'state'}`,
    status: index % 50 === 0 ? 503 : 200,
    duration_ms: index % 900,
  }));
  const requestsOf = async (steps: number, segmentRows: number): Promise<RouteCounts[]> => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: { segmentRows } });
    // The memory of the first head is that of the third again.
    for (const _ of [1, 2, 3]) {
      store.append(entriesOf(rows.slice(0, 9_000)));
      for (let step = 0; step < steps; step += 1) expect(store.engine.prepare()).toBe(true);
      store.append(entriesOf(rows.slice(9_000)));
      store.engine.commit(await store.engine.seal(store.engine.take()!));
    }
    return storedOf(store);
  };
  const plain = await requestsOf(0, 65_536);
  expect(plain.reduce((sum, { count }) => sum + count, 0)).toBe(3 * rows.length);
  expect(await requestsOf(1, 65_536)).toEqual(plain);
  expect(await requestsOf(3, 65_536)).toEqual(plain);
  // Several segments: each has its own.
  expect(await requestsOf(3, 1_000)).toEqual(plain);
});

// Clocks of Node (`7.361292004585266` of fastify) and of Python (`9.5e-05` s) print what they have.
test.each([
  ['duration_ms', '492.16335834445437', 492_163],
  ['responseTime', '7.361292004585266', 7_361],
  ['responseTime', '0.00012345678901234567', 0],
  ['latency', '492.16335834445437ms', 492_163],
  ['duration', '9.5367431640625e-05', 95],
  ['duration', '1E-3', 1_000],
  ['duration_ns', '12345678901234567', null],
  ['duration', '1e400', null],
  ['duration', '12e', null],
  ['duration', 'e5', null],
  ['latency', '1e-3', null],
])('a request with %s %s took %s µs', (key, text, us) => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add(entriesOf([{ method: 'GET', path: '/', [key]: text }]));
  const [route] = storedOf(store);
  expect([route?.timedCount, route?.totalUs]).toEqual(us === null ? [0, 0] : [1, us]);
});

function fact(source: string, route: string, numbers: readonly number[]): object {
  const [count, failedCount, timedCount, totalUs, maxUs] = numbers;
  return { source, route, count, failedCount, timedCount, totalUs, maxUs };
}

test('a segment of more routes than there is room for keeps the first, and its other entries', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  const letters = (index: number): string =>
    String(index).replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  const rows = Array.from({ length: ROUTES_MAX + 100 }, (_, index) => ({
    method: 'GET',
    path: `/${letters(index)}`,
  }));
  store.add(entriesOf(rows));
  expect(storedOf(store).length).toBeLessThanOrEqual(ROUTES_MAX);
  using reader = store.openReader();
  expect(reader.entryCount()).toBe(rows.length);
});

test('requestSummary() ranks routes by number, and by the time that 95 of 100 stay below', () => {
  expect(requestSummary([])).toBeNull();
  const counts = new RequestCounts();
  const route = (name: string, times: readonly number[]): RouteCounts => ({
    ...{ source: 'web', route: name, count: times.length, failedCount: 1 },
    timedCount: times.length,
    totalUs: times.reduce((sum, us) => sum + us, 0),
    maxUs: Math.max(...times),
    times: new Map(
      times.map((us) => [timeClassOf(us), times.filter((same) => same === us).length]),
    ),
  });
  const steady = Array.from({ length: 100 }, () => 1_000);
  counts.addAll([
    route('GET /often', steady),
    // One of a hundred is slow: 95 are not.
    route('GET /once-slow', [...steady.slice(1), 9_000_000]),
    route('GET /slow', [2_000_000, 2_000_000]),
  ]);
  const summary = requestSummary(counts.list())!;
  expect(summary).toMatchObject({ requestCount: 202, failedCount: 3, routeCount: 3 });
  expect(summary.frequent.map((line) => line.route)).toEqual([
    'GET /often',
    'GET /once-slow',
    'GET /slow',
  ]);
  expect(summary.slowest[0]!.route).toBe('GET /slow');
  const { times } = summary.slowest.find((line) => line.route === 'GET /once-slow')!;
  expect(times!.maxUs).toBe(9_000_000);
  expect(Math.abs(times!.p95Us - 1_000)).toBeLessThan(100);
});
