/** The OpenAPI document against the answers: every route is asked, and what it says fits what it promised. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SearchAnswer } from '../../../src/serve/questions.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { withRoutes } from '../../support/http-reference.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { bookGeneration } from '../../support/ledger-book.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = Array.from({ length: 30 }, (_, index) => ({
  timestampUs: NOON_US + index * 1e6,
  level: index % 7 === 0 ? 'ERROR' : null,
  source: index % 2 === 0 ? 'api' : 'payments',
  message: `request ${index} took ${index * 3} ms`,
  tags: index % 3 === 0 ? ['web'] : [],
  fields: [{ key: 'status', value: String(200 + index) }],
}));

type Schema = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, Readonly<{ schema?: Schema }>>>;
type Operation = Readonly<{
  parameters?: readonly Readonly<{ name: string; in: string; required?: boolean }>[];
  responses: Readonly<Record<string, Readonly<{ content?: Content }>>>;
}>;
type Document = Readonly<{
  openapi: string;
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>;

let scene: HttpScene;
let document: Document;
let id = '';

beforeAll(async () => {
  scene = await HttpScene.open(ENTRIES);
  document = (await scene.json('/api/openapi.json')) as Document;
  const first = (await scene.json('/api/search?limit=1&ids=true&q=17')) as SearchAnswer;
  id = first.ids![0]!;
  bookGeneration(scene, { number: 1, path: '/var/log/app.log' }, [
    { start: 0, end: 10, kind: 'lost', reason: 'truncated' },
  ]);
});

/** The incident, or a silence, that there is. */
async function idFor(path: string): Promise<string> {
  const [list, name] = path.includes('silences')
    ? ['/api/silences', 'silences']
    : ['/api/alerts', 'incidents'];
  const answer = (await scene.json(list)) as Record<string, readonly Readonly<{ id: string }>[]>;
  return answer[name]![0]?.id ?? '';
}

afterAll(() => scene[Symbol.asyncDispose]());

/** How each operation is asked; a route that is not here is a route that nobody tests. */
const ASKED: Readonly<Record<string, readonly Readonly<{ query?: string; body?: unknown }>[]>> = {
  'get /api/search': [
    { query: 'q=request&hits=true&ids=true&limit=3' },
    { query: 'q=| count by level, source' },
    { query: 'q=| avg status' },
    { query: 'q=nowhere' },
  ],
  'get /api/context': [{ query: 'id=ID&before=2&after=2' }],
  'get /api/stats': [{}, { query: 'q=nowhere' }],
  'get /api/histogram': [{}, { query: 'by=source&buckets=7' }, { query: 'q=nowhere' }],
  'get /api/fields': [{}],
  'get /api/values': [{ query: 'field=status&prefix=20' }],
  'get /api/patterns': [{}],
  'get /api/activity': [{}],
  'get /api/alerts': [{}],
  'get /api/alerts/{id}': [{}],
  'post /api/alerts/{id}/acknowledge': [{ body: { who: 'ann', why: 'works on it' } }],
  'post /api/alerts/{id}/unacknowledge': [{ body: { who: 'ann', why: 'pressed by mistake' } }],
  'get /api/silences': [{}],
  'post /api/silences': [{ body: { q: 'rule:errors', until: '2h', why: 'move' } }],
  'delete /api/silences/{id}': [{}],
  'get /api/rules': [{}],
  'get /api/rules/{name}/test': [{ query: 'since=1h' }, { query: 'since=2026-11-20&mode=live' }],
  'get /api/rules/like': [{ query: 'id=ID&since=30d' }],
  'get /api/archives': [{}, { query: 'text=x&since=1h' }],
  'get /api/ledger': [{ query: 'path=/var/log/app.log' }],
  'get /api/report': [
    { query: 'since=2026-11-20T11:00:00Z&until=2026-11-20T13:00:00Z' },
    { query: 'format=json' },
    { query: 'since=2026-11-20T11:00:00Z&format=json' },
    { query: 'format=html' },
    { query: 'format=text' },
    { query: 'format=md' },
  ],
  'put /api/queries/{name}': [{ body: { q: 'level:error', since: '1h' } }],
  'get /api/queries': [{}],
  'delete /api/queries/{name}': [{}],
  'get /api/download': [
    { query: 'format=ndjson' },
    { query: 'format=csv' },
    { query: 'format=raw' },
    { query: 'q=| count by level' },
  ],
  'get /api/session': [{}],
  'delete /api/session': [{}],
  'get /api/status': [{}, { query: 'files=none' }],
  'get /metrics': [{}],
  'get /healthz': [{}],
  'get /readyz': [{}],
};

/** Asked elsewhere: without an end, or only with a token. */
const ELSEWHERE: readonly string[] = ['get /api/tail', 'post /api/session'];

describe('GET /api/openapi.json', () => {
  test('names every route there is, each of which is asked here', () => {
    expect(document.openapi).toBe('3.1.0');
    const named = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'head')
        .map((method) => `${method} ${path}`),
    );
    expect(named.sort()).toEqual([...Object.keys(ASKED), ...ELSEWHERE].sort());
  });

  test.each(Object.entries(ASKED))('%s answers what the document says', async (name, asked) => {
    const [method = '', path = ''] = name.split(' ');
    const operation = document.paths[path]![method]!;
    for (const { query = '', body } of asked) {
      const place = path.replace('{name}', 'mine').replace('{id}', await idFor(path));
      const address = `${place}?${query.replace('=ID', `=${id}`)}`;
      const answer = await scene.send({
        method: method.toUpperCase(),
        path: encodeURI(address).replaceAll('%25', '%'),
        ...(body === undefined ? {} : { body }),
      });
      expect({ address, status: answer.status }).toEqual({ address, status: 200 });
      const type = String(answer.headers['content-type']).split(';')[0]!;
      const content = operation.responses['200']!.content ?? {};
      expect(Object.keys(content)).toContain(type);
      const schema = content[type]?.schema;
      if (type === 'application/json') {
        expect(problemsOf(schema!, JSON.parse(answer.text))).toEqual([]);
      }
    }
  });

  test.each([
    ['/api/search?q=level>=eror', 400],
    ['/api/search?limit=0', 400],
    ['/api/context?id=1-999999', 404],
    ['/api/context', 400],
    ['/api/nothing', 404],
    ['/api/values?field=', 400],
    ['/api/search?since=now&until=yesterday', 400],
    ['/api/histogram?since=now&until=yesterday', 400],
    ['/api/download?since=now&until=yesterday', 400],
    ['/api/archives?since=now&until=yesterday', 400],
    ['/api/report?since=now&until=yesterday', 400],
    ['/api/tail?since=now&until=yesterday', 400],
    ['/api/tail?until=yesterday', 400],
  ])('%s fails as the document says', async (path, status) => {
    const answer = await scene.get(encodeURI(path));
    expect(answer.status).toBe(status);
    const failed = document.paths['/api/search']!['get']!.responses['4XX']!;
    const schema = failed.content!['application/json']!.schema!;
    expect(problemsOf(schema, JSON.parse(answer.text))).toEqual([]);
  });

  test('an answer that is not as promised is seen', () => {
    const operation = document.paths['/api/stats']!['get']!;
    const schema = operation.responses['200']!.content!['application/json']!.schema!;
    expect(problemsOf(schema, { total: 1, surprise: true })).not.toEqual([]);
  });
});

describe('a method that a path does not take', () => {
  test.each([
    { method: 'POST', path: '/api/search?q=x', allow: 'GET, HEAD' },
    { method: 'GET', path: '/api/alerts/0a/acknowledge', allow: 'POST' },
    { method: 'PATCH', path: '/api/queries/errors', allow: 'DELETE, PUT' },
    { method: 'GET', path: '/api/queries/errors', allow: 'DELETE, PUT' },
    { method: 'DELETE', path: '/', allow: 'GET, HEAD' },
  ])('$method $path is answered with the methods that are allowed', async (asked) => {
    const { method, path, allow } = asked;
    const answer = await scene.send({ method, path });
    expect({ status: answer.status, allow: answer.headers.allow }).toEqual({ status: 405, allow });
    const body = JSON.parse(answer.text);
    const failed = document.paths['/api/search']!['get']!.responses['4XX']!;
    expect(problemsOf(failed.content!['application/json']!.schema!, body)).toEqual([]);
    expect(body.error).toEqual({
      code: 'METHOD_NOT_ALLOWED',
      message: `Cannot answer ${method} ${path.split('?')[0]}: what is there takes ${allow}`,
    });
  });

  test('a body of another type is refused for its method where another is wanted, for its type else', async () => {
    const statusOf = async (path: string): Promise<number> => {
      const headers = { 'content-type': 'text/csv' };
      return (await fetch(`${scene.server.url}${path}`, { method: 'POST', headers, body: 'q=x' }))
        .status;
    };
    expect(await statusOf('/api/search')).toBe(405);
    expect(await statusOf('/api/silences')).toBe(415);
    expect(await statusOf('/api/search/')).not.toBe(405);
  });

  test('HEAD of a stream that never ends is refused', async () => {
    const { status, headers } = await fetch(`${scene.server.url}/api/tail`, { method: 'HEAD' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });
});

function problemsOf(schema: Schema, value: unknown): unknown[] {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': isTime } });
  const check = ajv.compile(schema);
  return check(value) ? [] : (check.errors ?? []);
}

function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

test('HTTP.md has the routes that the document has', () => {
  const path = join(import.meta.dirname, '../../../src/serve/HTTP.md');
  const page = readFileSync(path, 'utf8');
  const how = 'write it anew: npm exec -- node test/support/write-documents.ts';
  // The formatter pads tables.
  const unpadded = (text: string): string =>
    text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
  const written = withRoutes(page, document);
  expect(unpadded(written ?? ''), how).toBe(unpadded(page));
});
