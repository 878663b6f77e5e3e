/** The dashboard is plain JavaScript for browsers: its types are checked with a configuration of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test('the dashboard has no type error', () => {
  const compiler = `${ROOT}/node_modules/typescript/bin/tsc`;
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', 'src/serve/dashboard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
