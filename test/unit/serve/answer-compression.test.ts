import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';

const GZIP = { 'accept-encoding': 'br, gzip' };

test('a long answer is compressed for who takes that, and says the same', async () => {
  await using scene = await HttpScene.open([]);
  const plain = await scene.get('/api/openapi.json');
  const { headers, bytes } = await scene.get('/api/openapi.json', GZIP);
  expect(plain.headers).toMatchObject({ vary: 'accept-encoding' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(headers).toMatchObject({ vary: 'accept-encoding', 'content-encoding': 'gzip' });
  expect(headers['content-length']).toBe(String(bytes.length));
  expect(gunzipSync(bytes).toString('utf8')).toBe(plain.text);
  expect(bytes.length).toBeLessThan(plain.bytes.length / 4);
});

test('an answer that fits into a packet is sent as it is', async () => {
  await using scene = await HttpScene.open([]);
  const { headers, text } = await scene.get('/healthz', GZIP);
  expect(headers['content-encoding']).toBeUndefined();
  expect(text).toBe('{"status":"ok"}');
});

test('the head of a compressed answer tells its length', async () => {
  await using scene = await HttpScene.open([]);
  const path = '/api/openapi.json';
  const whole = await scene.send({ path, headers: GZIP });
  const head = await scene.send({ method: 'HEAD', path, headers: GZIP });
  expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  expect(head.bytes.length).toBe(0);
});
