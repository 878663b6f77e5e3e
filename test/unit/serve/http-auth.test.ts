import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HttpToken } from '../../../src/config/settings.ts';
import { tokenHash } from '../../../src/serve/http-auth.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const TOKEN = 'logstead_x7Kq-correct-horse';
const TOKENS: readonly HttpToken[] = [
  { name: 'ci', sha256: tokenHash('another') },
  { name: 'ops', sha256: tokenHash(TOKEN) },
];

const ENTRY = { level: 'INFO', source: 'api' } as const;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a server with tokens', () => {
  test('answers questions to who brings one, and its page and its health to anybody', async () => {
    await using scene = await HttpScene.open([], { tokens: TOKENS });
    const statusOf = async (path: string, headers = {}) => (await scene.get(path, headers)).status;
    for (const path of ['/api/search', '/api/status', '/metrics', '/api/openapi.json', '/api/no']) {
      expect({ path, status: await statusOf(path) }).toEqual({ path, status: 401 });
    }
    for (const path of ['/', '/dashboard.js', '/healthz', '/readyz', '/api/session']) {
      expect({ path, status: await statusOf(path) }).toEqual({ path, status: 200 });
    }
    const posted = { method: 'POST', path: '/api/search' };
    expect((await scene.send(posted)).status).toBe(401);
    expect((await scene.send({ ...posted, headers: bearer(TOKEN) })).status).toBe(405);
    expect(await statusOf('/api/search', bearer(TOKEN))).toBe(200);
    expect(await statusOf('/api/search', bearer('another'))).toBe(200);
    const refused = await scene.get('/api/search', bearer(`${TOKEN}x`));
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="logstead"');
    expect(refused.text).not.toContain(TOKEN);
  });

  test('signs the page in with a cookie that no script reads, and out again', async () => {
    await using scene = await HttpScene.open([], { tokens: TOKENS });
    const post = (token: string) =>
      scene.send({ method: 'POST', path: '/api/session', body: { token } });
    expect((await post('wrong')).status).toBe(401);
    expect(await scene.json('/api/session')).toEqual({ needsToken: true, signedIn: false });
    const signedIn = await post(TOKEN);
    const [set] = signedIn.headers['set-cookie'] as string[];
    expect(set).toMatch(
      /^logstead_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const cookie = { cookie: `other=1; ${set!.split(';')[0]}` };
    expect((await scene.get('/api/search', cookie)).status).toBe(200);
    expect(JSON.parse((await scene.get('/api/session', cookie)).text).signedIn).toBe(true);
    await scene.send({ method: 'DELETE', path: '/api/session', headers: cookie });
    expect((await scene.get('/api/search', cookie)).status).toBe(401);
    expect((await scene.get('/api/search', { cookie: 'logstead_session=' })).status).toBe(401);
  });

  test('does not listen to an address that sent ten wrong ones, and to others on it does', async () => {
    await using scene = await HttpScene.open([], { tokens: TOKENS });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const headers = { ...from('192.0.2.7'), ...bearer(`guess-${attempt}`) };
      expect((await scene.get('/api/search', headers)).status).toBe(401);
    }
    const blocked = await scene.get('/api/search', { ...from('192.0.2.7'), ...bearer(TOKEN) });
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0);
    const other = await scene.get('/api/search', { ...from('192.0.2.8'), ...bearer(TOKEN) });
    expect(other.status).toBe(200);
  });

  test('takes tokens and names of a reload', async () => {
    await using scene = await HttpScene.open([], { tokens: TOKENS, hosts: ['logs.example.org'] });
    const asked = (host: string) => scene.get('/api/status', { ...bearer(TOKEN), host });
    expect((await asked('logs.example.org')).status).toBe(200);
    expect((await asked('evil.example')).status).toBe(403);
    const { http } = scene.settings;
    scene.settings = {
      ...scene.settings,
      http: { ...http, tokens: TOKENS.slice(0, 1), hosts: ['evil.example'] },
    };
    expect((await asked('logs.example.org')).status).toBe(403);
    expect((await asked('evil.example')).status).toBe(401);
  });
});

test('a session ends with the token it was opened with, and others go on', async () => {
  await using scene = await HttpScene.open([], { tokens: TOKENS });
  const signIn = async (token: string) => {
    const asked = { method: 'POST', path: '/api/session', body: { token } };
    const [set] = (await scene.send(asked)).headers['set-cookie'] as string[];
    return { cookie: set!.split(';')[0]! };
  };
  const [ops, ci] = [await signIn(TOKEN), await signIn('another')];
  const save = { method: 'PUT', path: '/api/queries/mine', body: { q: 'level:error' } };
  expect((await scene.send({ ...save, headers: ops })).status).toBe(200);
  const { http } = scene.settings;
  scene.settings = { ...scene.settings, http: { ...http, tokens: TOKENS.slice(0, 1) } };
  expect((await scene.get('/api/search', ops)).status).toBe(401);
  expect((await scene.send({ ...save, headers: ops })).status).toBe(401);
  expect(JSON.parse((await scene.get('/api/session', ops)).text).signedIn).toBe(false);
  expect((await scene.send({ ...save, headers: ci })).status).toBe(200);
});

test('a download is broken off when its token is taken out, so that it does not look whole', async () => {
  const message = 'x'.repeat(60_000);
  const entries = Array.from({ length: 600 }, (_, index) => ({
    ...ENTRY,
    timestampUs: index,
    message,
  }));
  await using scene = await HttpScene.open(entries, { tokens: TOKENS });
  const download = (token: string, whileItComes: () => void) =>
    new Promise<boolean>((resolve, reject) => {
      const url = `${scene.server.url}/api/download`;
      const sent = request(url, { headers: bearer(token), agent: false }, (response) => {
        whileItComes();
        response.on('error', () => {});
        response.on('close', () => resolve(response.complete)).resume();
      });
      sent.on('error', reject).end();
    });
  expect(await download(TOKEN, () => {})).toBe(true);
  const { http } = scene.settings;
  const revoke = () => {
    scene.settings = { ...scene.settings, http: { ...http, tokens: TOKENS.slice(0, 1) } };
  };
  expect(await download(TOKEN, revoke)).toBe(false);
});

test('behind a proxy that encrypts, the cookie travels no other way', async () => {
  await using scene = await HttpScene.open([], { tokens: TOKENS });
  const cookieWhere = async (headers: Readonly<Record<string, string>>) => {
    const body = { token: TOKEN };
    const answer = await scene.send({ method: 'POST', path: '/api/session', body, headers });
    return String(answer.headers['set-cookie']);
  };
  expect(await cookieWhere({ 'x-forwarded-proto': 'https' })).toMatch(/; Secure$/);
  expect(await cookieWhere({})).not.toContain('Secure');
});

test('a server with a certificate answers encrypted, and its cookie travels no other way', async () => {
  using folder = TempFolder.make();
  const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
  const made = spawnSync('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' '),
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', key, '-out', cert],
  ]);
  expect(made.status, String(made.stderr)).toBe(0);
  await using scene = await HttpScene.open([], { tokens: TOKENS, tls: { cert, key } });
  expect(scene.server.url).toMatch(/^https:/);
  const signedIn = await scene.send({
    method: 'POST',
    path: '/api/session',
    body: { token: TOKEN },
    caCert: readFileSync(cert),
  });
  expect(signedIn.status).toBe(200);
  expect(String(signedIn.headers['set-cookie'])).toMatch(/; Secure$/);
});
