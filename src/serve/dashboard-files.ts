/** The files of the dashboard, read once at the start and served from memory. No other file can be asked for. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

const FILES: readonly string[] = [
  'index.html',
  'dashboard.css',
  'dashboard.js',
  'api.js',
  'completion.js',
  'elements.js',
  'entry-details.js',
  'entry-row.js',
  'histogram.js',
  'live.js',
  'query-table.js',
  'results.js',
  'time.js',
  'icon.svg',
];

/** The page and its parts: they say nothing of anybody's logs. */
export function isDashboardPath(path: string): boolean {
  return path === '/' || FILES.some((name) => `/${name}` === path);
}

export async function addDashboard(app: FastifyInstance): Promise<void> {
  for (const name of FILES) {
    const content = await readFile(new URL(`./dashboard/${name}`, import.meta.url));
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]!;
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    const path = name === 'index.html' ? '/' : `/${name}`;
    app.get(path, { schema: { hide: true } }, (request, reply) => {
      // Asked for each time, sent only when changed: an update is seen at once.
      reply.header('cache-control', 'no-cache').header('etag', tag).type(type);
      if (request.headers['if-none-match'] === tag) return reply.status(304).send();
      return reply.send(content);
    });
  }
}
