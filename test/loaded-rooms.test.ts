/**
 * What a thread or a command loads before it does anything: memory of each thread, and time of each start. One import of a
 * constant from a large file brings its whole room along, unseen; so the rooms that must stay out are listed.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Entry → rooms, or files of one, that it must do without. */
const LOADED_WITHOUT: Readonly<Record<string, readonly string[]>> = {
  // The command starts the ingest thread before it loads anything else.
  'src/cli/run.ts': ['src/config/load-settings.ts', 'src/engine/', 'src/query/', 'src/daemon.ts'],
  // The control thread passes on; what it loads is there for as long as the daemon runs.
  'src/cli/run-daemon.ts': [
    ...['src/engine/', 'src/parse/', 'src/alert/', 'src/report/', 'src/watch/watcher.ts'],
    ...['src/ingest/ingest.ts', 'src/rotate/rotation-run.ts', 'src/notify/mail.ts'],
    ...['src/serve/http-server.ts', 'src/clickhouse/cluster-client.ts'],
    ...['src/config/load-settings.ts', 'src/config/check-sections.ts'],
  ],
  'src/serve/http-server.ts': ['src/parse/', 'src/report/', 'src/watch/', 'src/ingest/ingest.ts'],
  'src/engine/seal-worker.ts': ['src/parse/', 'src/alert/', 'src/config/'],
  'src/serve/lookup-worker.ts': ['src/parse/', 'src/alert/', 'src/config/', 'src/rotate/'],
  // A process of its own: somebody waits for all that it loads.
  'src/cli/search.ts': [
    ...['src/parse/', 'src/alert/', 'src/report/', 'src/serve/', 'src/rotate/', 'src/pattern/'],
    ...['src/engine/store-reader.ts', 'src/engine/aggregations.ts', 'src/engine/rollup.ts'],
  ],
  'src/main.ts': ['src/engine/', 'src/query/', 'src/config/'],
};

describe.each(Object.entries(LOADED_WITHOUT))('%s', (entry, without) => {
  test('is loaded without what it does not need', () => {
    const loaded = loadedBy(entry, valueImportsOf);
    expect(loaded.size).toBeGreaterThan(3);
    expect([...loaded.keys()].flatMap((path) => (isOneOf(path, without) ? [path] : []))).toEqual(
      [],
    );
  });
});

test('a constant that is imported from a large file is seen', () => {
  const imports = (path: string): string[] =>
    path === 'src/engine/retiming.ts'
      ? [...valueImportsOf(path), 'src/parse/file-parser.ts']
      : valueImportsOf(path);
  const loaded = loadedBy('src/engine/seal-worker.ts', imports);
  expect([...loaded.keys()].some((path) => path.startsWith('src/parse/formats/'))).toBe(true);
});

function isOneOf(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

function loadedBy(entry: string, importsOf: (path: string) => string[]): Set<string> {
  const loaded = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    waiting.push(...importsOf(path));
  }
  return loaded;
}

/** What Node loads with it: `import type` is stripped, `import()` comes later. */
function valueImportsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )([^;'"]*?) from '(\.[^']+)';/gm)].map(
    ([, , name = '']) => posix.join(posix.dirname(path), name),
  );
}
