import { describe, expect, test } from 'vitest';
import type { ContextAnswer, PatternsAnswer, SearchAnswer } from '../../../src/serve/questions.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = Array.from({ length: 40 }, (_, index) => ({
  timestampUs: NOON_US + index * 1e6,
  level: index === 20 ? 'ERROR' : 'INFO',
  source: index % 2 === 0 ? 'api' : 'payments',
  message: index === 20 ? '=1+1 "failed",\nat once' : `request ${index} done`,
  tags: ['a', 'b'],
}));

describe('GET /api/context', () => {
  test('gives the entries of the same file around one that a search named', async () => {
    await using scene = await HttpScene.open(ENTRIES);
    const found = (await scene.json('/api/search?q=failed&ids=true')) as SearchAnswer;
    const id = found.ids![0]!;
    const context = (await scene.json(`/api/context?id=${id}&before=2&after=1`)) as ContextAnswer;
    expect(context!.index).toBe(2);
    expect(context!.ids[2]).toBe(id);
    const messages = context!.records.map(({ message }) => message);
    expect(messages).toEqual(ENTRIES.slice(18, 22).map(({ message }) => message));
  });
});

describe('GET /api/patterns', () => {
  test('counts messages of one shape', async () => {
    await using scene = await HttpScene.open(ENTRIES);
    const { patterns } = (await scene.json('/api/patterns?q=request')) as PatternsAnswer;
    expect(patterns).toHaveLength(1);
    expect(patterns[0]).toMatchObject({ count: 39, share: 1, level: 'INFO' });
  });
});

describe('GET /api/download', () => {
  test('gives all entries as CSV that a spreadsheet may open, as NDJSON, and as they were written', async () => {
    await using scene = await HttpScene.open(ENTRIES);
    const csv = await scene.get('/api/download?format=csv&q=failed');
    expect(csv.headers['content-disposition']).toBe('attachment; filename="logstead.csv"');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.text).toBe(
      'timestamp,level,severity,source,message,tags,metadata,file,offset\n' +
        `2026-11-20T12:00:20.000Z,ERROR,40,api,"'=1+1 ""failed"",\nat once",a b,{},/var/log/api.log,2100\n`,
    );
    const ndjson = await scene.get('/api/download?format=ndjson&order=oldest&limit=3');
    const records = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ message }) => message)).toEqual(
      ENTRIES.slice(0, 3).map(({ message }) => message),
    );
    const raw = await scene.get('/api/download?format=raw&q=failed');
    expect(raw.headers['content-type']).toBe('application/octet-stream');
    expect(raw.text).toContain('=1+1 "failed",\nat once');
  });

  test('goes on from piece to piece without a gap, and answers a mistake before it begins', async () => {
    const long = 'x'.repeat(50_000);
    const entries = Array.from({ length: 100 }, (_, index) => ({
      ...ENTRIES[0]!,
      timestampUs: NOON_US + Math.floor(index / 3),
      message: `number ${index} ${long}`,
    }));
    await using scene = await HttpScene.open(entries);
    const { text, complete } = await scene.get('/api/download?order=oldest');
    expect(complete).toBe(true);
    const numbers = [...text.matchAll(/"message":"number (\d+) /g)].map(([, number]) =>
      Number(number),
    );
    expect(numbers).toEqual(entries.map((_, index) => index));
    expect((await scene.get('/api/download?q=level:nope')).status).toBe(400);
    const table = await scene.get('/api/download?format=csv&q=%7C%20count%20by%20source');
    expect(table.text).toBe('source,count\napi,100\n');
  });

  test('gives no more rows of a table than it is asked for', async () => {
    await using scene = await HttpScene.open(ENTRIES);
    const query = `q=${encodeURIComponent('| fields message')}&order=oldest&limit=2`;
    const csv = await scene.get(`/api/download?format=csv&${query}`);
    expect(csv.text).toBe('message\nrequest 0 done\nrequest 1 done\n');
    const ndjson = await scene.get(`/api/download?format=ndjson&${query}`);
    expect(ndjson.text).toBe('{"message":"request 0 done"}\n{"message":"request 1 done"}\n');
  });
});

describe('/api/queries', () => {
  test('keeps queries by name, writes them over, and removes them', async () => {
    await using scene = await HttpScene.open([]);
    const put = (name: string, body: unknown) =>
      scene.send({ method: 'PUT', path: `/api/queries/${encodeURIComponent(name)}`, body });
    expect((await put('what/went wrong?', { q: 'level:error' })).status).toBe(200);
    await put('all', { q: '', since: '1h' });
    const again = await put('all', { q: 'x', since: 'today', until: null });
    expect(JSON.parse(again.text)).toEqual({
      queries: [
        { name: 'all', q: 'x', since: 'today', until: null, savedAt: '1970-01-01T00:00:01.000Z' },
        {
          name: 'what/went wrong?',
          q: 'level:error',
          since: null,
          until: null,
          savedAt: '1970-01-01T00:00:01.000Z',
        },
      ],
    });
    const removed = await scene.send({ method: 'DELETE', path: '/api/queries/all' });
    expect(JSON.parse(removed.text).queries).toHaveLength(1);
    expect((await scene.send({ method: 'DELETE', path: '/api/queries/all' })).status).toBe(404);
  });

  test('keeps a range that is turned round at this time of the day only', async () => {
    await using scene = await HttpScene.open([]);
    const body = { q: '', since: 'today 23:59', until: 'now' };
    expect((await scene.send({ method: 'PUT', path: '/api/queries/night', body })).status).toBe(
      200,
    );
  });

  test('refuses what is no query, no time, no name, or too much', async () => {
    await using scene = await HttpScene.open([]);
    const put = async (name: string, body: unknown) =>
      (await scene.send({ method: 'PUT', path: `/api/queries/${name}`, body })).status;
    expect(await put('a', { q: 'level:nope' })).toBe(400);
    expect(await put('a', { q: '', since: 'soon' })).toBe(400);
    expect(await put('a', { q: '', since: 'today 23:59', until: 'soon' })).toBe(400);
    expect(await put('a', {})).toBe(400);
    expect(await put('a', { q: '', what: 1 })).toBe(400);
    expect(await put('x'.repeat(101), { q: '' })).toBe(400);
    expect(await put('a', { q: 'x'.repeat(70_000) })).toBe(413);
  });

  test('takes what a body says as it is, and no number for a text', async () => {
    await using scene = await HttpScene.open([]);
    const put = (body: unknown) => scene.send({ method: 'PUT', path: '/api/queries/a', body });
    for (const q of [5, true, null, ['level:error'], {}]) {
      expect({ q, status: (await put({ q })).status }).toEqual({ q, status: 400 });
    }
    expect((await put({ q: '', since: 0 })).status).toBe(400);
    const { text } = await put({ q: 5 });
    expect(JSON.parse(text).error.message).toBe('The field "q" must be string');
    for (const body of [undefined, [], 5]) {
      expect(JSON.parse((await put(body)).text).error.message).toMatch(
        /^The request needs a body: one JSON object/,
      );
    }
    expect(await scene.json('/api/queries')).toEqual({ queries: [] });
  });
});

test('an answer shows hidden characters as their codes, so that a terminal may show it', async () => {
  const message = 'red \u009b31m \u202e \u200b \ud83d';
  await using scene = await HttpScene.open([{ ...ENTRIES[0]!, message }]);
  const { text } = await scene.get('/api/search');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u202e]/);
  expect(JSON.parse(text).records[0].message).toBe(message.toWellFormed());
});
