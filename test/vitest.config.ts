/**
 * How the tests run: real processes (forks), because the program uses process signals, threads and `node:sqlite`.
 *
 * Two workers, because most tests wait for a disk or a socket and the end-to-end ones start processes of
 * their own. Timeouts are generous: a slow machine is not a bug, and a test that hangs still ends.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

const config = defineConfig({
  root,
  cacheDir: 'node_modules/.vite',
  test: {
    include: ['test/*.test.ts', 'test/{unit,property,crash,e2e}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 10_000,
    // A forgotten `.only` would make the rest pass unseen.
    allowOnly: false,
    passWithNoTests: false,
    env: {
      // The machine's zone and language must not decide what a test sees.
      TZ: 'UTC',
      LC_ALL: 'C.UTF-8',
      // Hundreds of commands are started: what Node compiled for one is there for the next, which starts in half the time.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.vite/compiled'),
    },
  },
});

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export.
export default config;
