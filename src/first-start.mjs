/**
 * Runs before `npm start` and `npm test`: installs what a fresh clone lacks, and what a changed lockfile asks for.
 *
 * Plain JavaScript for old Nodes: it is the machine's own Node that runs it, before the project's Node is
 * there. When nothing is missing it reads two files and ends.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A stalled download never ends by itself; the second attempt finds what the first one fetched in npm's cache. */
const ATTEMPT_TIMEOUTS_MS = [5 * 60_000, 15 * 60_000];

/** How npm names a registry that cannot be reached. */
const OFFLINE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT)\b/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] === 'test' ? 'test' : 'start';

const missing = findMissing();
if (missing !== null) install(missing);

/** What is not installed as the lockfile says, or null. */
function findMissing() {
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {};
  // npm writes this file last, so an installation that was cut short has none.
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (installed === null) return 'they are not there yet';
  const ownNode = `node_modules/node-${process.platform}-${process.arch}`;
  for (const [path, { version, optional, dev }] of Object.entries(wanted)) {
    if (path === '' || (dev && purpose !== 'test')) continue;
    const found = installed[path];
    if (found === undefined && optional && path !== ownNode) continue;
    if (found?.version !== version) {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `${name} ${version} is needed, ${found?.version ?? 'none'} is there`;
    }
  }
  return null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function install(reason) {
  // Through a link npm would empty a folder that other clones use.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say(`Leaving node_modules as it is, because it is a symbolic link (${reason})`);
    return;
  }
  say(`Installing packages: ${reason}. This may take a minute or two.`);
  let output = '';
  for (const timeout of ATTEMPT_TIMEOUTS_MS) {
    const result = npmCi(timeout);
    if (result.status === 0) return;
    output = `${result.error?.message ?? ''}\n${result.stderr ?? ''}`.trimStart();
    if (result.signal === 'SIGINT' || result.signal === 'SIGTERM') break;
  }
  process.stderr.write(output);
  say(
    OFFLINE.test(output)
      ? 'Cannot install packages: the npm registry cannot be reached. Connect this machine to the internet and try again.'
      : 'Cannot install packages: npm failed as shown above.',
  );
  process.exit(1);
}

function npmCi(timeout) {
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--include=optional'];
  if (purpose === 'test') args.push('--include=dev');
  // The Node that runs npm, not the one in node_modules, which npm is about to replace.
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const [program, ...before] = npm && node ? [node, npm] : ['npm'];
  return spawnSync(program, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGKILL',
  });
}

function say(text) {
  process.stderr.write(`logstead: ${text}\n`);
}
