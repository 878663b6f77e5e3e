/**
 * `npm run test:clickhouse`: installs the ClickHouse server beside these tests (178 MB to load, 548 MB on disk), and runs them.
 *
 * Where that cannot be installed they are skipped with a word; with `CI=true` that is a failure. `LOGSTEAD_TEST_SHARE=0.1`
 * runs with a tenth of the rows and kills.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

function isInstalled() {
  const installed = `${here}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(`${here}package-lock.json`, 'utf8')).packages;
  const found = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const library = `node_modules/@chdb/lib-linux-${process.arch}-gnu`;
  return (
    found[library]?.version !== undefined && found[library].version === wanted[library]?.version
  );
}

if (!isInstalled()) {
  const args = ['ci', '--prefix', here, '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', args, { cwd: here, stdio: 'inherit', timeout: 10 * 60_000 });
}
if (!isInstalled()) {
  process.stdout.write(
    'Skipped: the ClickHouse server (npm package chdb) cannot be installed here\n',
  );
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const args = [vitest, 'run', '--config', `${here}vitest.config.ts`, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
