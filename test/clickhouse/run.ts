/**
 * `npm run test:clickhouse`: installs the ClickHouse server beside these tests, and runs them.
 *
 * Where that cannot be installed they are skipped with a word; with `CI=true` that is a failure. `LOGSTEAD_TEST_SHARE=0.1`
 * runs with a tenth of the rows and kills.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installServer } from './install.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

if (!installServer()) {
  process.stdout.write(
    'Skipped: the ClickHouse server (npm package chdb) cannot be installed here\n',
  );
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const args = [vitest, 'run', '--config', `${here}vitest.config.ts`, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
