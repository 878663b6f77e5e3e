/**
 * What runs in a browser has a browser's types, which the rest must not see: the dashboard (plain JavaScript) and its
 * tests are checked with configurations of their own.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test.each(['src/serve/dashboard', 'test/e2e/browser'])('%s has no type error', (folder) => {
  const compiler = `${ROOT}/node_modules/typescript/bin/tsc`;
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
