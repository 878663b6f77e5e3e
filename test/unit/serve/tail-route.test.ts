import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { tokenHash } from '../../../src/serve/http-auth.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { waitFor } from '../../support/wait-for.ts';

const entry = (index: number): TestEntry => ({
  timestampUs: 1_700_000_000_000_000 + index,
  level: index % 2 === 0 ? 'INFO' : 'ERROR',
  source: 'api',
  message: `step ${index}\nwith a second line`,
});

/** By then a follower has been sent what there was, as far as it reads. */
const LOOK_MS = 1_500;

type Event = Readonly<{ id: string; messages: string[]; skipped: number }>;

describe('GET /api/tail', () => {
  test('sends matches as they arrive, and goes on where a lost connection stopped', async () => {
    await using scene = await HttpScene.open([entry(0), entry(1)]);
    const first = await follow(scene, {});
    scene.store.add([entry(2), entry(3)]);
    await waitFor(() => first.events.length === 1);
    first.close();
    scene.store.add([entry(5)]);
    scene.store.add([entry(7)]);
    const second = await follow(scene, { 'last-event-id': first.events[0]!.id });
    await waitFor(() => second.events.flatMap(({ messages }) => messages).length === 2);
    scene.store.add([entry(9)]);
    await waitFor(() => second.events.flatMap(({ messages }) => messages).length === 3);
    second.close();
    const messages = [...first.events, ...second.events].flatMap((event) => event.messages);
    expect(messages).toEqual([3, 5, 7, 9].map((index) => `step ${index}\nwith a second line`));
    expect(first.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(first.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('begins with what comes now where the id is of another store', async () => {
    await using scene = await HttpScene.open([entry(1)]);
    const following = await follow(scene, { 'last-event-id': '99999999999999' });
    scene.store.add([entry(3)]);
    await waitFor(() => following.events.length === 1);
    following.close();
    expect(following.events[0]!.messages).toEqual(['step 3\nwith a second line']);
  });

  test('refuses stages, which it could not follow', async () => {
    await using scene = await HttpScene.open([entry(0)]);
    const { status, text } = await scene.get('/api/tail?q=level:error%20%7C%20count');
    expect(status).toBe(400);
    expect(text).toContain('Cannot follow a query with stages');
  });

  test('sends a burst in pieces, every match once', async () => {
    await using scene = await HttpScene.open([entry(0)]);
    const following = await follow(scene, {});
    scene.store.add(Array.from({ length: 5_000 }, (_, index) => entry(1 + index * 2)));
    const sent = () => following.events.flatMap(({ messages }) => messages);
    await waitFor(() => sent().length >= 5_000);
    following.close();
    expect(new Set(sent()).size).toBe(5_000);
    expect(following.events.map(({ skipped }) => skipped)).toEqual([0, 0, 0]);
  });

  test('says how many were left out where far too many came at once', async () => {
    await using scene = await HttpScene.open([entry(0)]);
    const following = await follow(scene, {});
    scene.store.add(Array.from({ length: 21_000 }, (_, index) => entry(1 + index * 2)));
    await waitFor(() => following.events.length === 1);
    following.close();
    const [{ messages, skipped }] = following.events as [Event];
    expect({ sent: messages.length, skipped, newest: messages.at(-1) }).toEqual({
      sent: 2_000,
      skipped: 19_000,
      newest: 'step 41999\nwith a second line',
    });
  });

  test('answers a mistake in the query, and refuses the seventeenth follower', async () => {
    await using scene = await HttpScene.open([entry(0)]);
    expect((await scene.get('/api/tail?q=level:eror')).status).toBe(400);
    const followers = await Promise.all(Array.from({ length: 16 }, () => follow(scene, {})));
    expect((await scene.get('/api/tail')).status).toBe(503);
    for (const { close } of followers) close();
    const later = await waitFor(async () => {
      const next = await follow(scene, {}).catch(() => null);
      return next?.status === 200 ? next : null;
    });
    later.close();
  });
});

test('GET /api/tail misses nothing where the connection was lost before anything had matched', async () => {
  await using scene = await HttpScene.open([entry(0), entry(1)]);
  const first = await follow(scene, {});
  await waitFor(() => first.place() !== null);
  first.close();
  scene.store.add([entry(3)]);
  const second = await follow(scene, { 'last-event-id': first.place()! });
  await waitFor(() => second.events.length === 1);
  second.close();
  expect(second.events[0]!.messages).toEqual(['step 3\nwith a second line']);
});

test('GET /api/tail sends what is too much for one look piece by piece, each match once and in order', async () => {
  // Longer than a look may take, and short beside it: a regular expression that is slow on each of many lines.
  const message = 'a'.repeat(60);
  const entries = Array.from({ length: 5_000 }, (_, index) => ({
    ...entry(0),
    message: index % 1_000 === 7 ? `${message}b ${index}` : message,
  }));
  await using scene = await HttpScene.open([entry(0)], {}, { deadlineMs: 150 });
  scene.store.add(entries);
  const stopped = async (): Promise<number> => {
    const { text } = await scene.get('/metrics');
    return Number(/^logstead_queries_stopped_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  };
  const q = '/(a+)+b [0-9]+$/';
  const following = await follow(scene, { 'last-event-id': '1' }, { q });
  const sent = (): string[] => following.events.flatMap(({ messages }) => messages);
  await waitFor(() => sent().length >= 5);
  following.close();
  expect(sent().map((text) => Number(text.split(' ')[1]))).toEqual([7, 1_007, 2_007, 3_007, 4_007]);
  expect(await stopped()).toBeGreaterThan(0);
});

test('GET /api/tail ends when the time that was asked for is over, and has sent what came before', async () => {
  await using scene = await HttpScene.open([entry(0)]);
  const untilMs = Date.now() + 1_000;
  const until = new Date(untilMs).toISOString();
  const following = await follow(scene, {}, { until });
  expect(following.status).toBe(200);
  const at = (ms: number, index: number): TestEntry => ({
    ...entry(index),
    timestampUs: ms * 1_000,
  });
  await waitFor(() => Date.now() > untilMs);
  // Committed behind the end, as is what was written last before it.
  scene.store.add([at(untilMs - 1, 3), at(untilMs, 5)]);
  await waitFor(() => following.ended());
  expect(Date.now()).toBeGreaterThan(untilMs + 1_900);
  expect(following.events.flatMap(({ messages }) => messages)).toEqual([
    'step 3\nwith a second line',
  ]);
  const later = await scene.get(`/api/tail?until=${encodeURIComponent(until)}`);
  expect(later).toMatchObject({ status: 400, text: expect.stringContaining('which is past') });
});

describe('a stream that is open', () => {
  const token = (name: string) => ({ name, sha256: tokenHash(name) });

  test('ends when its token is taken out of the settings, and others go on', async () => {
    const tokens = [token('one'), token('two')];
    await using scene = await HttpScene.open([entry(0)], { tokens });
    const one = await follow(scene, { authorization: 'Bearer one' });
    const two = await follow(scene, { authorization: 'Bearer two' });
    const body = { token: 'one' };
    const signedIn = await scene.send({ method: 'POST', path: '/api/session', body });
    const [set] = signedIn.headers['set-cookie'] as string[];
    const page = await follow(scene, { cookie: set!.split(';')[0]! });
    const { http } = scene.settings;
    scene.settings = { ...scene.settings, http: { ...http, tokens: tokens.slice(1) } };
    scene.store.add([entry(1)]);
    await waitFor(() => one.ended() && page.ended() && two.events.length === 1);
    expect([one.events, page.events, two.ended()]).toEqual([[], [], false]);
    two.close();
  });

  test('ends though its reader takes nothing, and leaves its place to others', async () => {
    const tokens = [token('one'), token('two')];
    await using scene = await HttpScene.open([entry(0)], { tokens });
    const { port } = new URL(scene.server.url);
    const stuck = connect(Number(port), '127.0.0.1');
    stuck.write('GET /api/tail HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer one\r\n\r\n');
    await once(stuck, 'readable');
    // More than the buffers between them hold.
    const message = 'x'.repeat(250_000);
    scene.store.add(Array.from({ length: 100 }, () => ({ ...entry(0), message })));
    const authorization = 'Bearer two';
    const others = Array.from({ length: 15 }, () => follow(scene, { authorization }));
    for (const { status } of await Promise.all(others)) expect(status).toBe(200);
    await pause(LOOK_MS);
    expect((await scene.get('/api/tail', { authorization })).status).toBe(503);
    const { http } = scene.settings;
    scene.settings = { ...scene.settings, http: { ...http, tokens: tokens.slice(1) } };
    const later = await waitFor(async () => {
      const next = await follow(scene, { authorization });
      return next.status === 200 ? next : null;
    });
    for (const { close } of [later, ...(await Promise.all(others))]) close();
    stuck.destroy();
  });

  test('ends when tokens are needed from now on, and it brought none', async () => {
    await using scene = await HttpScene.open([entry(0)]);
    const following = await follow(scene, {});
    const { http } = scene.settings;
    scene.settings = { ...scene.settings, http: { ...http, tokens: [token('one')] } };
    scene.store.add([entry(1)]);
    await waitFor(() => following.ended());
    expect(following.events).toEqual([]);
  });
});

type Following = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  events: Event[];
  /** The last id; null: none came. */
  place: () => string | null;
  /** Whether the server has ended it. */
  ended: () => boolean;
  close: () => void;
}>;

/** Resolves once the stream has begun. */
function follow(
  scene: HttpScene,
  headers: Record<string, string>,
  asked: Record<string, string> = {},
): Promise<Following> {
  return new Promise((resolve, reject) => {
    const events: Event[] = [];
    let hasEnded = false;
    let text = '';
    const ended = () => hasEnded;
    const place = () => [...text.matchAll(/^id: (\d+)\n/gm)].at(-1)?.[1] ?? null;
    const sent = request(
      `${scene.server.url}/api/tail?${new URLSearchParams({ q: 'level:error', ...asked })}`,
      { headers, agent: false },
      (response) => {
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.startsWith('retry:')) {
            resolve({
              status: 200,
              headers: response.headers,
              events,
              place,
              ended,
              close: () => sent.destroy(),
            });
          }
          events.splice(0, events.length, ...eventsIn(text));
        });
        response.on('end', () => {
          hasEnded = true;
          const status = response.statusCode ?? 0;
          resolve({ status, headers: {}, events, place, ended, close: () => {} });
        });
        response.on('error', () => {});
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

function eventsIn(text: string): Event[] {
  return [...text.matchAll(/^id: (\d+)\nevent: entries\ndata: (.*)\n\n/gm)].map(([, id, data]) => {
    const { records, skipped } = JSON.parse(data!) as {
      records: { message: string }[];
      skipped: number;
    };
    return { id: id!, messages: records.map(({ message }) => message), skipped };
  });
}
