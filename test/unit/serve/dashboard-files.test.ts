import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';

/** What the whole page may weigh on the wire. */
const BYTES_MAX = 150_000;
const GZIP = { 'accept-encoding': 'gzip' };

describe('the files of the dashboard', () => {
  test('weigh little, name each other rightly, and are sent once', async () => {
    await using scene = await HttpScene.open([]);
    const waiting = ['/'];
    const seen = new Set<string>();
    let byteCount = 0;
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, bytes, headers } = await scene.get(path, GZIP);
      expect({ path, status, encoding: headers['content-encoding'] }).toEqual({
        path,
        status: 200,
        encoding: 'gzip',
      });
      byteCount += bytes.length;
      const text = gunzipSync(bytes).toString('utf8');
      expect((await scene.get(path)).text).toBe(text);
      const kept = path === '/icon.svg' ? 'max-age=86400' : 'no-cache';
      expect(headers['cache-control'], path).toBe(kept);
      const tag = String(headers.etag);
      expect((await scene.get(path, { 'if-none-match': tag })).status).toBe(304);
      waiting.push(...filesNamedIn(text));
    }
    expect(seen.size).toBeGreaterThan(30);
    expect(byteCount).toBeLessThan(BYTES_MAX);
  });

  test('are the only ones: nothing beside them can be asked for', async () => {
    await using scene = await HttpScene.open([]);
    for (const path of [
      '/tsconfig.json',
      '/..%2fhttp-server.ts',
      '/%2e%2e/http-server.ts',
      '/uplot',
    ])
      expect({ path, status: (await scene.get(path)).status }).toEqual({ path, status: 404 });
  });
});

describe('a file of the dashboard', () => {
  test('is not sent again to who has it, however a proxy has marked its tag', async () => {
    await using scene = await HttpScene.open([]);
    const tag = String((await scene.get('/')).headers.etag);
    const statusOf = async (match: string) =>
      (await scene.get('/', { 'if-none-match': match })).status;
    expect(await statusOf(`W/${tag}`)).toBe(304);
    expect(await statusOf(`"other", W/"more, still", ${tag}`)).toBe(304);
    expect(await statusOf('*')).toBe(304);
    expect(await statusOf('W/"other"')).toBe(200);
    expect(await statusOf(tag.slice(1, -1))).toBe(200);
  });

  test('is compressed only for who takes that', async () => {
    await using scene = await HttpScene.open([]);
    const encodingOf = async (accepted: string) =>
      (await scene.get('/', { 'accept-encoding': accepted })).headers['content-encoding'];
    for (const accepted of ['gzip', 'br, GZip;q=0.5', 'deflate, *', '*;q=0, gzip; q=1.000']) {
      expect({ accepted, encoding: await encodingOf(accepted) }).toEqual({
        accepted,
        encoding: 'gzip',
      });
    }
    for (const accepted of [
      '',
      'gzip;q=0',
      'br, gzip; q=0.0, *',
      'identity',
      '*;q=0',
      'x-gzip-no',
    ]) {
      expect({ accepted, encoding: await encodingOf(accepted) }).toEqual({ accepted });
    }
  });
});

/** In the page: `href` and `src`; in a script: what it imports. */
function filesNamedIn(text: string): string[] {
  const inPage = [...text.matchAll(/(?:href|src)="(\/[\w.-]+)"/g)].map((match) => match[1]!);
  const inScript = [...text.matchAll(/from '\.(\/[\w.-]+)'/g)].map((match) => match[1]!);
  return [...inPage, ...inScript];
}
