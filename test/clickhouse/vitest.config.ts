/**
 * The tests against a real cluster: their own run, because their server is half a gigabyte. Two files at a time: each
 * waits for servers and commands most of its time.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** More entries than by default take their time. */
const share = Math.max(1, Number(process.env.LOGSTEAD_TEST_SHARE ?? 1));

const config = defineConfig({
  root,
  cacheDir: 'node_modules/.vite',
  test: {
    include: ['test/clickhouse/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 600_000 * share,
    hookTimeout: 120_000,
    allowOnly: false,
    env: {
      TZ: 'UTC',
      LC_ALL: 'C.UTF-8',
      // Dozens of commands are started: what Node compiled for one is there for the next.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.vite/compiled'),
    },
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default config;
