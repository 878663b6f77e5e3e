/** The ClickHouse server of these tests, a package of its own beside them: 178 MB to load, 548 MB on disk. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
/** A stalled download never ends by itself; the second attempt finds what the first one fetched in npm's cache. */
const ATTEMPTS_MS = [4 * 60_000, 8 * 60_000];

/** Returns whether it is there. */
export function installServer(): boolean {
  if (!isInstalled()) {
    const args = ['ci', '--prefix', here, '--no-audit', '--no-fund', '--loglevel=error'];
    for (const timeout of ATTEMPTS_MS) {
      spawnSync('npm', args, { cwd: here, stdio: 'inherit', timeout });
      if (isInstalled()) break;
    }
  }
  return isInstalled();
}

type Lock = Readonly<{ packages: Readonly<Record<string, Readonly<{ version?: string }>>> }>;

function isInstalled(): boolean {
  const installed = `${here}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const library = `node_modules/@chdb/lib-linux-${process.arch}-gnu`;
  const versionIn = (path: string): string | undefined =>
    (JSON.parse(readFileSync(path, 'utf8')) as Lock).packages[library]?.version;
  const found = versionIn(installed);
  return found !== undefined && found === versionIn(`${here}package-lock.json`);
}
