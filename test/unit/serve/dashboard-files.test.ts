import { readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HttpScene } from '../../support/http-scene.ts';

/** What the whole page may weigh on the wire. */
const BYTES_MAX = 150_000;
const GZIP = { 'accept-encoding': 'gzip' };
const FOR_EVER = 'max-age=31536000, immutable';
const KEPT: Readonly<Record<string, string>> = { '/': 'no-cache', '/icon.svg': 'max-age=86400' };

describe('the files of the dashboard', () => {
  test('weigh little, are few, and are sent once', async () => {
    await using scene = await HttpScene.open([]);
    const page = (await scene.get('/')).text;
    const paths = ['/', ...filesNamedIn(page)];
    let byteCount = 0;
    for (const path of paths) {
      const { status, bytes, headers } = await scene.get(path, GZIP);
      expect({ path, status, encoding: headers['content-encoding'] }).toEqual({
        path,
        status: 200,
        encoding: 'gzip',
      });
      byteCount += bytes.length;
      expect((await scene.get(path)).text).toBe(gunzipSync(bytes).toString('utf8'));
      expect(headers['cache-control'], path).toMatch(KEPT[path.split('?')[0]!] ?? FOR_EVER);
      const tag = String(headers.etag);
      expect((await scene.get(path, { 'if-none-match': tag })).status).toBe(304);
    }
    expect(paths.length).toBe(6);
    expect(byteCount).toBeLessThan(BYTES_MAX);
  });

  test('are in one script, all of them', async () => {
    await using scene = await HttpScene.open([]);
    const { text } = await scene.get('/dashboard.js');
    const names = readdirSync('src/serve/dashboard').filter((name) => name.endsWith('.js'));
    const missing = names.filter((name) => !text.includes(`/* ${name} */`));
    // It sets the theme before anything is painted.
    expect(missing).toEqual(['theme.js']);
  });

  test('are asked for again by a page of another version, or by none', async () => {
    await using scene = await HttpScene.open([]);
    for (const path of ['/dashboard.js', '/dashboard.js?other', '/?other']) {
      const { headers } = await scene.get(path);
      expect(headers['cache-control'], path).toBe('no-cache');
    }
  });

  test('are the only ones: nothing beside them can be asked for', async () => {
    await using scene = await HttpScene.open([]);
    for (const path of [
      '/tsconfig.json',
      '/..%2fhttp-server.ts',
      '/%2e%2e/http-server.ts',
      '/uplot',
      '/results.js',
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

/** Only what the browser asks for of itself. */
function filesNamedIn(page: string): string[] {
  return [...page.matchAll(/(?:href|src)="(\/[\w.-]+\.\w+(?:\?[\w-]+)?)"/g)].map(
    (match) => match[1]!,
  );
}
