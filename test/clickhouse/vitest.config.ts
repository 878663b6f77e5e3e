/** The tests against a real cluster: their own run, because their server is half a gigabyte. One file at a time. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const config = defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  cacheDir: 'node_modules/.vite',
  test: {
    include: ['test/clickhouse/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    allowOnly: false,
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default config;
