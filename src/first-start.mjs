/**
 * Runs before `npm start` and `npm test`: installs what a fresh clone lacks, and what a changed lockfile asks for.
 *
 * Plain JavaScript for old Nodes: it is the machine's own Node that runs it, before the project's Node is
 * there. When nothing is missing it reads two files and ends.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A stalled download never ends by itself; the second attempt finds what the first one fetched in npm's cache. */
const ATTEMPT_TIMEOUTS_MS = [5 * 60_000, 15 * 60_000];

/** Between npm's own attempts at a package. It waits up to a minute: without a network nobody was told for almost five. */
const RETRY_WAIT_MS_MAX = 10_000;

/** How npm names a registry that cannot be reached. */
const OFFLINE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT)\b/;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] === 'test' ? 'test' : 'start';
const ownNodePackage = `node-${process.platform}-${process.arch}`;
const ownNode = join(root, 'node_modules', ownNodePackage, 'bin/node');

const missing = findMissing();
if (missing !== null) install(missing);
linkOwnNode();

/** What is not installed as the lockfile says, in words, or null. */
function findMissing() {
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {};
  // npm writes this file last, so an installation that was cut short has none.
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  if (installed === null) return 'they are not there yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || (entry.dev && purpose !== 'test')) continue;
    const found = installed[path];
    if (found === undefined && entry.optional && !isMadeForThisMachine(entry)) continue;
    if (found?.version !== entry.version) {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `${name} ${entry.version} is needed, ${found?.version ?? 'none'} is there`;
    }
  }
  return null;
}

/** Whether an optional package is one of those that exist once per platform, and is ours. */
function isMadeForThisMachine({ os, cpu, libc }) {
  return (
    os !== undefined &&
    [os].flat().includes(process.platform) &&
    [cpu ?? process.arch].flat().includes(process.arch) &&
    [libc ?? 'glibc'].flat().includes('glibc')
  );
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
  if (isLinkedFolder()) {
    say(`Leaving node_modules as it is, because it is a symbolic link (${reason})`);
    return;
  }
  say(`Installing packages: ${reason}. This may take a minute or two.`);
  // The Node that runs npm, not the one in node_modules, which npm is about to replace.
  retried(process.env.npm_node_execpath ?? 'node');
  // An old Node skips platform packages that want a newer one. Ours is there now.
  if (findMissing() !== null && existsSync(ownNode)) retried(ownNode);
}

/** Run `npm ci` until it succeeds, or end. */
function retried(node) {
  let output = '';
  for (const timeout of ATTEMPT_TIMEOUTS_MS) {
    if (output !== '') {
      const found = OFFLINE.test(output) ? 'The npm registry cannot be reached' : 'npm failed';
      say(`${found}; trying once more.`);
    }
    const result = npmCi(node, timeout);
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

function npmCi(node, timeout) {
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--include=optional'];
  args.push(`--fetch-retry-maxtimeout=${RETRY_WAIT_MS_MAX}`);
  if (purpose === 'test') args.push('--include=dev');
  const npm = process.env.npm_execpath;
  const [program, ...before] = npm ? [node, npm] : ['npm'];
  return spawnSync(program, [...before, ...args], {
    cwd: root,
    // Debian keeps what its npm needs beside it, where only Debian's own Node looks by itself.
    env: npm ? { ...process.env, NODE_PATH: dirname(dirname(dirname(npm))) } : process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGKILL',
  });
}

/** Make `node` in npm's scripts mean ours. Newer npm does it by itself, npm 9 does not. */
function linkOwnNode() {
  const link = join(root, 'node_modules/.bin/node');
  if (isLinkedFolder() || existsSync(link) || !existsSync(ownNode)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join('..', ownNodePackage, 'bin/node'), link);
}

function isLinkedFolder() {
  const stat = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false });
  return stat?.isSymbolicLink() ?? false;
}

function say(text) {
  process.stderr.write(`logstead: ${text}\n`);
}
