/**
 * How the tests run: real processes (forks), because the program uses process signals, threads and `node:sqlite`.
 *
 * Two workers, because most tests wait for a disk or a socket and the end-to-end ones start processes of
 * their own. Timeouts are generous: a slow machine is not a bug, and a test that hangs still ends.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const config = defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  cacheDir: 'node_modules/.vite',
  test: {
    include: ['test/*.test.ts', 'test/{unit,property,crash,e2e}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // A forgotten `.only` would make the rest pass unseen.
    allowOnly: false,
    passWithNoTests: false,
    // The machine's zone and language must not decide what a test sees.
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default config;
