/**
 * The files of the dashboard, read and compressed when one is first asked for and served from memory. No other can be asked for.
 * Nothing is built: what the browser gets is what lies in `dashboard/`, its scripts one behind the other, and uPlot as its package has it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { constants } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { gzipSync } from '../base/compression.ts';
import { joinedScript } from './joined-script.ts';
import { namesTag, takesEncoding } from './request-headers.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

const PAGE = 'index.html';
const ICON = 'icon.svg';
/** What imports the others, directly or not. */
const SCRIPT = 'dashboard.js';
/** A day: nothing depends on which icon is shown. */
const ICON_KEPT_SECONDS = 86_400;
/** A year: the address names what is in it. */
const NAMED_KEPT_SECONDS = 31_536_000;

const FILES: readonly string[] = [PAGE, 'dashboard.css', SCRIPT, 'theme.js', 'uplot.js', ICON];

/** `version`: what the page asks for it with. */
type PageFile = Readonly<{ content: Buffer; compressed: Buffer; tag: string; version: string }>;

/** The page and its parts: they say nothing of anybody's logs. */
export function isDashboardPath(path: string): boolean {
  return path === '/' || FILES.some((name) => `/${name}` === path);
}

export function addDashboard(app: FastifyInstance): void {
  let reading: Promise<ReadonlyMap<string, PageFile>> | null = null;
  for (const name of FILES) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]!;
    const path = name === PAGE ? '/' : `/${name}`;
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      reading ??= readPageFiles().catch((cause) => {
        // They may be readable for the next who asks.
        reading = null;
        throw cause;
      });
      const { content, compressed, tag, version } = (await reading).get(name)!;
      reply
        .header('cache-control', keptFor(name, request.url.endsWith(`?${version}`)))
        .header('etag', tag)
        .header('vary', 'accept-encoding');
      reply.type(type);
      const { headers } = request;
      if (namesTag(headers['if-none-match'], tag)) return reply.status(304).send();
      if (!takesEncoding(headers['accept-encoding'], 'gzip')) return reply.send(content);
      return reply.header('content-encoding', 'gzip').send(compressed);
    });
  }
}

/**
 * The page is asked for each time and sent only when changed, so an update is seen at once: it names the others with their
 * versions. Another version than ours is of a page from before an update. The icon a browser would ask for with each query.
 */
function keptFor(name: string, isNamed: boolean): string {
  if (name === ICON) return `max-age=${ICON_KEPT_SECONDS}`;
  return isNamed && name !== PAGE ? `max-age=${NAMED_KEPT_SECONDS}, immutable` : 'no-cache';
}

/** All of them at once: an update of the program in the meantime must not mix its pages with those of before. */
async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const name of FILES.filter((file) => file !== PAGE)) {
    files.set(name, pageFile(name === SCRIPT ? await script() : await readFile(fileOf(name))));
  }
  let page = await readFile(fileOf(PAGE), 'utf8');
  for (const [name, { version }] of files) {
    if (name !== ICON) page = page.replace(`"/${name}"`, `"/${name}?${version}"`);
  }
  return files.set(PAGE, pageFile(Buffer.from(page)));
}

async function script(): Promise<Buffer> {
  const read = (name: string) => readFile(fileOf(`${name}.js`), 'utf8');
  return Buffer.from(await joinedScript(SCRIPT.slice(0, -'.js'.length), read));
}

function pageFile(content: Buffer): PageFile {
  const compressed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { content, compressed, tag: `"${version}"`, version };
}

function fileOf(name: string): string {
  if (name !== 'uplot.js') return fileURLToPath(new URL(`./dashboard/${name}`, import.meta.url));
  return createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
}
