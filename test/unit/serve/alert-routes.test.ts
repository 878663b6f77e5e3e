import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { type AlertLink, alertLinkPath } from '../../../src/model/alert-link.ts';
import type { IncidentStoryAnswer, SilencesAnswer } from '../../../src/serve/questions.ts';
import { HttpScene } from '../../support/http-scene.ts';

let scene: HttpScene;
let id = '';

beforeEach(async () => {
  scene = await HttpScene.open([]);
  const { incidents } = (await scene.json('/api/alerts')) as { incidents: { id: string }[] };
  id = incidents[0]!.id;
});

afterEach(() => scene[Symbol.asyncDispose]());

async function story(): Promise<NonNullable<IncidentStoryAnswer>> {
  return (await scene.json(`/api/alerts/${id}`)) as NonNullable<IncidentStoryAnswer>;
}

function post(path: string, body: unknown = {}): ReturnType<HttpScene['send']> {
  return scene.send({ method: 'POST', path, body });
}

test('GET /api/alerts/ID tells what happened and who was told', async () => {
  const { incident, history } = await story();
  expect(incident).toMatchObject({ id, rule: 'errors', state: 'open', acknowledgedAt: null });
  expect(history).toMatchObject([
    {
      event: 'opened',
      heldBy: null,
      told: [{ channel: 'email', recipient: 'ops@example.org', state: 'queued' }],
    },
  ]);
  expect((await scene.get('/api/alerts/0000')).status).toBe(404);
});

test('POST /api/alerts/ID/acknowledge is history with who and why', async () => {
  const answer = await post(`/api/alerts/${id}/acknowledge`, { who: 'ann', why: 'disk' });
  expect(JSON.parse(answer.text)).toMatchObject({
    incident: { acknowledgedAt: expect.stringContaining('T') },
    history: [{}, { event: 'acknowledged', note: 'by ann: disk' }],
  });
  expect((await post('/api/alerts/0123456789abcdef/acknowledge')).status).toBe(400);
});

test('POST /api/alerts/ID/unacknowledge takes it back, once, and is history too', async () => {
  const path = `/api/alerts/${id}/unacknowledge`;
  const early = await post(path);
  expect(early.status).toBe(400);
  expect(early.text).toContain(
    `Cannot take back the acknowledgement of incident \\"${id}\\": nobody has acknowledged it`,
  );
  await post(`/api/alerts/${id}/acknowledge`, { who: 'ann' });
  const answer = await post(path, { who: 'ben', why: 'wrong row' });
  expect(JSON.parse(answer.text)).toMatchObject({
    incident: { state: 'open', acknowledgedAt: null },
    history: [
      {},
      { event: 'acknowledged', note: 'by ann' },
      { event: 'unacknowledged', note: 'by ben: wrong row' },
    ],
  });
  expect((await post(path)).status).toBe(400);
  await post(`/api/alerts/${id}/acknowledge`, { who: 'ann' });
  expect((await story()).incident.acknowledgedAt).not.toBeNull();
});

test('silences are made, listed and ended', async () => {
  const made = await post('/api/silences', {
    q: 'rule:errors',
    until: '2h',
    who: 'ann',
    why: 'move',
  });
  const { silences } = JSON.parse(made.text) as SilencesAnswer;
  expect(silences).toMatchObject([{ query: 'rule:errors', who: 'ann', why: 'move' }]);
  const lengthMs = Date.parse(silences[0]!.until) - Date.parse(silences[0]!.from);
  expect(lengthMs / 3_600_000).toBeCloseTo(2, 1);
  const left = await scene.send({ method: 'DELETE', path: `/api/silences/${silences[0]!.id}` });
  expect(JSON.parse(left.text)).toEqual({ silences: [] });
});

test.each([
  [{ q: 'rule:', until: '2h' }],
  [{ q: 'rule:errors', until: 'yesterday' }],
  [{ q: 'rule:errors', until: '1000d' }],
  [{ q: '', until: '2h' }],
])('POST /api/silences refuses %j', async (body) => {
  expect((await post('/api/silences', body)).status).toBe(400);
});

describe('the link of a mail', () => {
  function link(change: Partial<AlertLink> = {}): string {
    const expires = Math.floor(systemClock.nowMs() / 1_000) + 3_600;
    const whole = {
      incident: id,
      action: 'acknowledge',
      duration: '',
      who: 'ops@example.org',
      expires,
    } as const;
    return alertLinkPath({ ...whole, ...change }, scene.linkKey);
  }

  test('asks before it does anything, and then does it', async () => {
    const asked = await scene.get(link());
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('<form method="post"');
    expect((await story()).incident.acknowledgedAt).toBeNull();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const done = await scene.send({ method: 'POST', path: link(), headers: form });
    expect([done.status, done.text.includes('acknowledged')]).toEqual([200, true]);
    expect((await story()).history.at(-1)).toMatchObject({
      event: 'acknowledged',
      note: 'by ops@example.org: by the link in the mail',
    });
  });

  test('silences the rule for as long as it says', async () => {
    const path = link({ action: 'silence', duration: '1h' });
    await scene.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const { silences } = (await scene.json('/api/silences')) as SilencesAnswer;
    expect(silences).toMatchObject([{ query: 'rule:"errors"', who: 'ops@example.org' }]);
  });

  test('shows the incident, without signing in, and changes nothing', async () => {
    const shown = await scene.get(link({ action: 'show' }));
    expect([shown.status, shown.text.includes('errors: 1 line')]).toEqual([200, true]);
    expect(shown.text).toContain('function of a program');
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await scene.get(link({ action: 'show' }).replace('who=ops', 'who=eve'))).status).toBe(
      403,
    );
    expect((await scene.get(link({ action: 'show', incident: '0'.repeat(16) }))).status).toBe(404);
    // What only shows must not act, nor the other way round.
    const show = link({ action: 'show' });
    expect((await post(show.replace('?', '/acknowledge?'))).status).toBe(403);
    expect((await scene.get(link().replace('/acknowledge', ''))).status).toBe(403);
  });

  test('silences until a moment, and not when that has passed', async () => {
    const second = Math.floor(systemClock.nowMs() / 1_000);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const past = link({ action: 'silence', duration: `@${second - 3_600}` });
    expect((await scene.get(past)).text).toContain('That time has passed');
    expect((await scene.send({ method: 'POST', path: past, headers: form })).status).toBe(409);
    const path = link({ action: 'silence', duration: `@${second + 7_200}` });
    await scene.send({ method: 'POST', path, headers: form });
    const { silences } = (await scene.json('/api/silences')) as SilencesAnswer;
    expect(silences.map(({ until }) => Date.parse(until))).toEqual([(second + 7_200) * 1_000]);
  });

  test('that was changed or is too old does nothing', async () => {
    const good = link();
    for (const path of [
      good.replace('acknowledge', 'silence'),
      good.replace('ops%40', 'eve%40'),
      good.replace(/until=\d+/, 'until=99999999999'),
      good.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      link({ expires: 1_000 }),
    ]) {
      const { status, text } = await post(path);
      expect([path, status]).toEqual([path, 403]);
      expect(text).toContain('This link has ended');
    }
    expect((await story()).history).toHaveLength(1);
  });
});
