/**
 * The files of the dashboard, read and compressed when one is first asked for and served from memory. No other can be asked for.
 * Nothing is built: what the browser gets is what lies in `dashboard/`, and uPlot as its package has it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { constants } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { gzipSync } from '../base/compression.ts';
import { namesTag, takesEncoding } from './request-headers.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
};

const ICON = 'icon.svg';
/** A day: nothing depends on which icon is shown. */
const ICON_KEPT_SECONDS = 86_400;

const FILES: readonly string[] = [
  'index.html',
  'dashboard.css',
  'dashboard.js',
  'address.js',
  'api.js',
  'archives-view.js',
  'asking-again.js',
  'completion.js',
  'count-line.js',
  'download-panel.js',
  'elements.js',
  'entry-context.js',
  'entry-details.js',
  'entry-row.js',
  'facets.js',
  'histogram.js',
  'incident-timeline.js',
  'incident-words.js',
  'incidents-view.js',
  'kept-table.js',
  'keys-help.js',
  'ledger-card.js',
  'list-look.js',
  'live.js',
  'memory.js',
  'page-view.js',
  'panel.js',
  'patterns-view.js',
  'query-box.js',
  'query-table.js',
  'range-panel.js',
  'rehearsal-card.js',
  'reports-view.js',
  'results.js',
  'row-places.js',
  'rule-like.js',
  'rules-card.js',
  'saved-panel.js',
  'search-advice.js',
  'search-view.js',
  'silence-dialog.js',
  'sources-view.js',
  'terms.js',
  'theme.js',
  'time.js',
  'uplot.js',
  ICON,
];

type PageFile = Readonly<{ content: Buffer; compressed: Buffer; tag: string }>;

/** The page and its parts: they say nothing of anybody's logs. */
export function isDashboardPath(path: string): boolean {
  return path === '/' || FILES.some((name) => `/${name}` === path);
}

export function addDashboard(app: FastifyInstance): void {
  let reading: Promise<ReadonlyMap<string, PageFile>> | null = null;
  for (const name of FILES) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]!;
    const path = name === 'index.html' ? '/' : `/${name}`;
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      reading ??= readPageFiles().catch((cause) => {
        // They may be readable for the next who asks.
        reading = null;
        throw cause;
      });
      const { content, compressed, tag } = (await reading).get(name)!;
      // Asked for each time, sent only when changed: an update is seen at once. The icon a browser would ask for with each query.
      reply
        .header('cache-control', name === ICON ? `max-age=${ICON_KEPT_SECONDS}` : 'no-cache')
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

/** All of them at once: an update of the program in the meantime must not mix its pages with those of before. */
async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const name of FILES) files.set(name, await readPageFile(name));
  return files;
}

async function readPageFile(name: string): Promise<PageFile> {
  const content = await readFile(fileOf(name));
  const compressed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { content, compressed, tag };
}

function fileOf(name: string): string {
  if (name !== 'uplot.js') return fileURLToPath(new URL(`./dashboard/${name}`, import.meta.url));
  return createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
}
