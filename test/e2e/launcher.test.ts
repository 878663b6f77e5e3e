/** `src/logstead.sh`: the command works from wherever it is called and whatever Node the machine has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  type CommandResult,
  DaemonProcess,
  runCommand,
  TestProject,
} from '../support/daemon-process.ts';
import { needsLibrary } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/logstead.sh', import.meta.url));
const OWN_NODE = `node-linux-${process.arch}`;
/** Prints what it was called with, as JSON, and ends with an exit code of its own. */
const PROGRAM =
  'console.log(JSON.stringify([process.version, process.argv.slice(2)])); process.exitCode = 7;';

/** A folder with the few programs the launcher uses, and no Node. */
function toolsOnly(folder: TempFolder): string {
  const path = folder.join('tools');
  if (existsSync(path)) return path;
  folder.makeFolder('tools');
  for (const name of ['sh', 'readlink', 'uname']) {
    symlinkSync(realpathSync(`/usr/bin/${name}`), join(path, name));
  }
  return path;
}

/** Put the launcher below `root`, and `program` where it looks for it. */
function place(folder: TempFolder, root: string, program: 'src/main.ts' | 'dist/main.js'): string {
  const launcher = folder.join(root, 'src/logstead.sh');
  mkdirSync(dirname(launcher), { recursive: true });
  copyFileSync(LAUNCHER, launcher);
  folder.write(join(root, 'package.json'), '{ "type": "module" }');
  folder.write(join(root, program), PROGRAM);
  return launcher;
}

function placeNode(folder: TempFolder, modules: string): void {
  const path = folder.makeFolder(join(modules, OWN_NODE, 'bin'));
  symlinkSync(process.execPath, join(path, 'node'));
}

/** A `node` on the PATH that says it is of some version, and is the one that runs this test. */
function placeNodeThatSays(folder: TempFolder, version: string): string {
  const path = folder.join(version);
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else exec '${process.execPath}' "$@"; fi\n`;
  chmodSync(folder.write(join(version, 'node'), script), 0o755);
  return path;
}

function expectRun(result: CommandResult, args: readonly string[]): void {
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual([process.version, args]);
  expect(result.code).toBe(7);
}

test('logstead.sh runs the clone it lies in, whatever its path and arguments', async () => {
  using folder = TempFolder.make();
  const args = ['search', 'level:error "a  b"', '$(id)', '', 'é\n'];
  for (const name of ['plain', "odd 'name' $x", '*', 'ends with newline\n', '-n']) {
    const launcher = place(folder, name, 'src/main.ts');
    placeNode(folder, join(name, 'node_modules'));
    const env = { PATH: toolsOnly(folder) };
    expectRun(await runCommand('/bin/sh', [launcher, ...args], { env }), args);
    folder.remove('tools');
  }
});

test('logstead.sh finds its clone through links in a folder of the PATH', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'my clone', 'src/main.ts');
  placeNode(folder, 'my clone/node_modules');
  const bin = folder.makeFolder('bin');
  symlinkSync(launcher, join(bin, 'first'));
  symlinkSync('first', join(bin, 'logstead'));
  const env = { PATH: `${bin}:${toolsOnly(folder)}` };
  expectRun(await runCommand('/bin/sh', ['-c', 'logstead status'], { env, cwd: '/' }), ['status']);
});

test('logstead.sh finds the Node that a package manager put beside it, or beside what needs it', async () => {
  for (const root of ['node_modules/logstead', 'node_modules/site/node_modules/logstead']) {
    using folder = TempFolder.make();
    const launcher = place(folder, `app/${root}`, 'dist/main.js');
    placeNode(folder, 'app/node_modules');
    const env = { PATH: toolsOnly(folder) };
    expectRun(await runCommand('/bin/sh', [launcher, 'check'], { env }), ['check']);
  }
});

test('logstead.sh of a clone leaves alone what lies in folders above', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'clone', 'src/main.ts');
  folder.makeFolder('clone/node_modules');
  placeNode(folder, 'node_modules');
  const env = { PATH: toolsOnly(folder) };
  expect((await runCommand('/bin/sh', [launcher], { env })).code).toBe(2);
});

test('logstead.sh takes the Node of the PATH only if it is new enough', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'package', 'dist/main.js');
  const tools = toolsOnly(folder);
  for (const version of ['v24.12.0', 'v24.21.0', 'v26.0.1']) {
    const env = { PATH: `${placeNodeThatSays(folder, version)}:${tools}` };
    expectRun(await runCommand('/bin/sh', [launcher], { env }), []);
  }
  for (const version of ['v24.11.9', 'v22.20.0', 'v9.0.0', 'nonsense']) {
    const env = { PATH: `${placeNodeThatSays(folder, version)}:${tools}` };
    const { code, stdout, stderr } = await runCommand('/bin/sh', [launcher], { env });
    expect([version, code, stdout]).toEqual([version, 2, '']);
    expect(stderr).toContain('Cannot start: found no Node 24.12 or newer\n');
  }
});

test('logstead.sh says what to do where nothing is installed', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'clone', 'src/main.ts');
  const { code, stderr } = await runCommand('/bin/sh', [launcher], {
    env: { PATH: toolsOnly(folder) },
  });
  expect(code).toBe(2);
  expect(stderr).toBe(
    `logstead: Cannot start: the packages it needs are not installed\nlogstead: Run "npm start" or "npm ci" in "${folder.join('clone')}"\n`,
  );
});

test('logstead.sh becomes the program: a signal to it reaches the program', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'clone', 'src/main.ts');
  placeNode(folder, 'clone/node_modules');
  const pidFile = folder.join('pid');
  folder.write(
    'clone/src/main.ts',
    `import { renameSync, writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => process.exit(5));
     setInterval(() => {}, 1000);
     writeFileSync(process.argv[2] + '.new', String(process.pid));
     renameSync(process.argv[2] + '.new', process.argv[2]);`,
  );
  const running = runCommand('/bin/sh', [launcher, pidFile]);
  const pid = await waitFor(() => folder.exists('pid') && Number(folder.read('pid')), {
    what: 'the program to start',
  });
  process.kill(pid, 'SIGTERM');
  expect(await running).toMatchObject({ code: 5, signal: null });
});

test('logstead.sh under nohup starts a command that goes on when its terminal is closed', async () => {
  // It reads from a pipe, which a socket, as Node gives to its children, is not.
  const script = `cat | sh -c 'echo $$; exec nohup "$0" parse --json -' "$0"`;
  const child = spawn('sh', ['-c', script, LAUNCHER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const printed = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const pid = Number((await printed.next()).value);
  try {
    // Loaded, it has a handler: Node takes back that the signal is ignored.
    await waitFor(() => /^SigCgt:.*[13579bdf]$/m.test(statusOf(pid)), {
      what: 'the signal to be heeded',
    });
    process.kill(pid, 'SIGHUP');
    child.stdin.end('2026-12-01T06:00:00Z INFO still here\n');
    expect((await printed.next()).value).toContain('still here');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.stdin.end();
  }
});

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

/** Prints how the launcher started it, and whether it has jemalloc in it. */
const SETTINGS_PROGRAM = `import { readFileSync } from 'node:fs';
const { LD_PRELOAD, MALLOC_CONF, MALLOC_ARENA_MAX } = process.env;
const hasJemalloc = readFileSync('/proc/self/maps', 'utf8').includes('/libjemalloc.so.2');
console.log(JSON.stringify({ flags: process.execArgv, hasJemalloc, LD_PRELOAD, MALLOC_CONF, MALLOC_ARENA_MAX }));`;
type SeenSettings = Readonly<
  { flags: string[]; hasJemalloc: boolean } & Partial<
    Record<'LD_PRELOAD' | 'MALLOC_CONF' | 'MALLOC_ARENA_MAX', string>
  >
>;

/** What a program is started with, by arguments and environment. */
function settingsProgram(
  folder: TempFolder,
): (args: string[], env?: Record<string, string>) => Promise<SeenSettings> {
  const launcher = place(folder, 'plain', 'src/main.ts');
  folder.write('plain/src/main.ts', SETTINGS_PROGRAM);
  placeNode(folder, 'plain/node_modules');
  return async (args, more = {}) => {
    const env = { PATH: toolsOnly(folder), LD_PRELOAD: undefined, ...more };
    const { stdout, stderr } = await runCommand(launcher, args, { env });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as SeenSettings;
  };
}

test('logstead.sh bounds what young objects take, and the arenas of a daemon without jemalloc', async () => {
  using folder = TempFolder.make();
  const seenBy = settingsProgram(folder);
  const command = await seenBy(['search', 'error']);
  expect(command).toMatchObject({ hasJemalloc: false });
  expect(command.MALLOC_ARENA_MAX).toBeUndefined();
  expect(command.flags.at(-1)).toBe('--max-semi-space-size=4');
  const daemon = await seenBy(['--config', 'x', 'run'], { LD_PRELOAD: '' });
  expect(daemon).toMatchObject({ hasJemalloc: false, MALLOC_ARENA_MAX: '2' });
  expect(daemon.flags).toEqual([...command.flags.slice(0, -1), '--max-semi-space-size=1']);
  for (const args of [['search', 'run'], ['--config', 'run', 'search'], ['--version']]) {
    expect((await seenBy(args)).flags, args.join(' ')).toEqual(command.flags);
  }
  const own = await seenBy(['run'], { LD_PRELOAD: '', MALLOC_ARENA_MAX: '8' });
  expect(own.MALLOC_ARENA_MAX).toBe('8');
});

test('logstead.sh gives a daemon jemalloc where the machine has it, and nothing else', async (context) => {
  const library = needsLibrary(context, 'libjemalloc.so.2');
  using folder = TempFolder.make();
  const seenBy = settingsProgram(folder);
  const daemon = await seenBy(['run']);
  expect(daemon).toMatchObject({ hasJemalloc: true, LD_PRELOAD: library });
  expect(daemon.MALLOC_CONF).toContain('narenas:1');
  expect(daemon.MALLOC_ARENA_MAX).toBeUndefined();
  const own = await seenBy(['run'], { MALLOC_CONF: 'narenas:3' });
  expect(own).toMatchObject({ hasJemalloc: true, MALLOC_CONF: 'narenas:3' });
  // What it says of settings that it does not know must not come with every start: it stays away.
  expect(await seenBy(['run'], { MALLOC_CONF: 'nonsense:1' })).toMatchObject({
    hasJemalloc: false,
    MALLOC_ARENA_MAX: '2',
  });
  expect(await seenBy(['search', 'error'])).toMatchObject({ hasJemalloc: false });
});

test('logstead.sh starts V8 with what regular expressions set, so that compiled code fits to the end', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'plain', 'src/main.ts');
  const regex = new URL('../../src/query/regex.ts', import.meta.url).href;
  folder.write(
    'plain/src/main.ts',
    `import { cachedDataVersionTag } from 'node:v8';
     const before = cachedDataVersionTag();
     await import('${regex}');
     console.log(JSON.stringify([before, cachedDataVersionTag()]));`,
  );
  placeNode(folder, 'plain/node_modules');
  const [before, after] = JSON.parse((await runCommand(launcher, ['status'])).stdout);
  expect(after).toBe(before);
});

test('logstead.sh starts the daemon also where it cannot note that all is compiled', async () => {
  using folder = TempFolder.make();
  const launcher = place(folder, 'plain', 'src/main.ts');
  folder.write('plain/src/main.ts', `process.exitCode = process.argv.includes('run') ? 7 : 0;`);
  folder.write('plain/src/cli/compile-ahead.ts', '');
  placeNode(folder, 'plain/node_modules');
  const mark = `compiled-$(printf %s "$0" | cksum | tr ' ' -)`;
  const cache = folder.makeFolder('cache');
  // A folder in the place of the note: it cannot be written, by root neither.
  await runCommand('/bin/sh', [
    '-c',
    `mkdir "$1/${mark}"; touch -d 2020-01-01 "$1/${mark}"`,
    dirname(launcher),
    cache,
  ]);
  const env = { NODE_COMPILE_CACHE: cache };
  expect((await runCommand(launcher, ['run'], { env })).code).toBe(7);
});

test('logstead.sh has all compiled before the first start of a daemon, by a process that ends', async () => {
  using cache = TempFolder.make();
  using project = TestProject.make('', [LAUNCHER]);
  const env = { NODE_COMPILE_CACHE: cache.path, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  await using daemon = await DaemonProcess.start(project, { env });
  project.folder.write('logs/app.log', '2026-11-20T12:00:00Z ERROR it broke\n');
  await daemon.waitFor(
    async () => (await project.cli(['search', 'broke'])).stdout.includes('it broke'),
    { what: 'the line to be found' },
  );
  expect((await project.cli(['rotate'])).code).toBe(0);
  await daemon.stop();
  expect(daemon.output).toContain('ingest-worker.ts');
  expect(daemon.output.match(/no transpile cache for .*/g)).toBeNull();
});
