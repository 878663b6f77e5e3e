/**
 * House rules that no linter can state, as tests: what lives where, who may import whom, one door per
 * dangerous thing, no dead files, nothing left for later. Each check is also shown to fail on a planted breach.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

type SourceFile = Readonly<{ path: string; text: string }>;
type Check = (files: readonly SourceFile[]) => string[];

const BELOW_ENGINE = ['base', 'model', 'config', 'watch', 'parse', 'pattern', 'query'];
const BELOW_INGEST = [...BELOW_ENGINE, 'chart', 'engine', 'alert', 'notify'];
const BELOW_ROTATE = [...BELOW_INGEST, 'rehearsal', 'ingest', 'report', 'clickhouse'];
const BELOW_DAEMON = [...BELOW_ROTATE, 'rotate', 'serve'];

/** Room → rooms it may import besides itself. The table in `src/ARCHITECTURE.md`. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  chart: ['base'],
  model: ['base'],
  config: ['base', 'model'],
  watch: ['base', 'model', 'config'],
  parse: ['base', 'model', 'config'],
  pattern: ['base', 'model', 'config'],
  query: ['base', 'model', 'config'],
  engine: BELOW_ENGINE,
  alert: BELOW_ENGINE,
  notify: [...BELOW_ENGINE, 'chart', 'alert'],
  rehearsal: BELOW_INGEST,
  ingest: BELOW_INGEST,
  report: [...BELOW_INGEST, 'ingest'],
  clickhouse: [...BELOW_INGEST, 'ingest'],
  rotate: BELOW_ROTATE,
  serve: [...BELOW_ROTATE, 'rotate'],
  service: ['base', 'model', 'config'],
  doctor: [...BELOW_ROTATE, 'service'],
  'daemon.ts': BELOW_DAEMON,
  library: [...BELOW_ROTATE, 'rotate'],
  'library.ts': [...BELOW_ROTATE, 'rotate', 'library'],
  selftest: BELOW_DAEMON,
  cli: [...BELOW_DAEMON, 'service', 'selftest', 'doctor', 'daemon.ts', 'library.ts'],
  'main.ts': ['base', 'cli'],
};

/** Package → the only places that may import it. A package that is not here has no door yet. */
const PACKAGE_DOORS: Readonly<Record<string, readonly string[]>> = {
  '@fastify/ajv-compiler': ['src/serve/validators.ts'],
  '@fastify/swagger': ['src/serve/openapi-document.ts'],
  '@resvg/resvg-js': ['src/chart/svg-to-png.ts'],
  'node:sqlite': ['src/base/database.ts'],
  'node:timers': ['src/base/clock.ts'],
  'node:timers/promises': ['src/base/clock.ts'],
  '@clickhouse/client': ['src/clickhouse/'],
  chokidar: ['src/watch/'],
  'cli-progress': ['src/cli/progress.ts'],
  commander: ['src/cli/'],
  'fastest-levenshtein': ['src/base/', 'src/config/', 'src/query/'],
  fastify: ['src/serve/'],
  'hyparquet-writer': ['src/cli/parquet-file.ts'],
  ini: ['src/config/'],
  'node-cron': ['src/rotate/cron-times.ts'],
  nodemailer: ['src/notify/mail.ts'],
  picomatch: ['src/config/', 'src/watch/', 'src/doctor/'],
  pino: ['src/base/log.ts'],
  'pino-pretty': ['src/base/log.ts'],
  re2js: ['src/parse/declared/'],
  'string-width': ['src/cli/text-width.ts', 'src/report/'],
  'unbzip2-stream': ['src/base/unpacking.ts'],
  'xz-decompress': ['src/base/unpacking.ts'],
  zod: ['src/config/'],
};

/** Words of the code → the only places that may contain them. */
const WORD_DOORS: readonly Readonly<{ word: RegExp; name: string; doors: readonly string[] }>[] = [
  {
    word: /\bnew Worker\(|\.terminate\(\)/,
    name: 'a bare thread',
    doors: ['src/base/thread.ts'],
  },
  {
    word: /\bimport \{[^}]*(?:create|Sync\b)[^}]*\} from 'node:zlib'/,
    name: 'a zlib handle',
    doors: ['src/base/compression.ts'],
  },
  {
    word: /\bimport (?!type\b)[^;]*? from 'node:http'/,
    name: 'an import of values of node:http, which src/base/http.ts has,',
    doors: [],
  },
  { word: /\bDate\.now\b/, name: 'Date.now', doors: ['src/base/clock.ts'] },
  { word: /\bnew Date\(\)/, name: 'new Date()', doors: ['src/base/clock.ts'] },
  { word: /\bperformance\.now\b/, name: 'performance.now', doors: ['src/base/clock.ts'] },
  {
    word: /\b(?:setTimeout|setInterval|AbortSignal\.timeout)\(/,
    name: 'a timer',
    doors: ['src/base/clock.ts'],
  },
  {
    word: /\bprocess\.\w/,
    name: 'process',
    doors: ['src/main.ts', 'src/daemon.ts', 'src/cli/', 'src/base/'],
  },
  { word: /\bshell: true\b|\bexecSync\b|\bexec\(`/, name: 'a shell', doors: [] },
];

/** A longer file has two subjects more often than not. */
const LINES_MAX = 400;

/** Where the program starts: what none of these reaches is dead. Worker files are reached through `new URL`. */
/** What is run, the last by src/logstead.sh. */
const ENTRIES = ['src/main.ts', 'src/library.ts', 'src/cli/compile-ahead.ts'];

const sources = filesBelow('src', /\.ts$/);
const tests = filesBelow('test', /\.ts$/);

describe('house rules', () => {
  rule('imports point down only', importsPointDown, sources, [
    { path: 'src/model/planted.ts', text: "import { Engine } from '../engine/engine.ts';" },
    { path: 'src/alert/planted.ts', text: "import { Engine } from '../engine/engine.ts';" },
    { path: 'src/serve/planted.ts', text: "const { run } = await import('../cli/run.ts');" },
    { path: 'src/utils/planted.ts', text: '' },
  ]);

  rule('every source file opens with a header comment of 1 to 15 lines', headerComments, sources, [
    { path: 'src/base/planted.ts', text: "import { open } from 'node:fs';\n/** Too late. */" },
    { path: 'src/base/planted.ts', text: `/**\n${' * word\n'.repeat(15)} */\n` },
    { path: 'src/base/planted.ts', text: '// no\nconst a = 1;' },
  ]);

  rule('no source file is longer than 400 lines', shortFiles, sources, [
    { path: 'src/base/planted.ts', text: `/** Much. */\n${'a();\n'.repeat(LINES_MAX)}` },
  ]);

  rule('every third-party package has one door', packageDoors, sources, [
    { path: 'src/serve/planted.ts', text: "import nodemailer from 'nodemailer';" },
    { path: 'src/engine/planted.ts', text: "import type { DatabaseSync } from 'node:sqlite';" },
    { path: 'src/base/planted.ts', text: "import leftPad from 'left-pad';" },
  ]);

  rule('every dangerous word has one door', wordDoors, sources, [
    { path: 'src/engine/planted.ts', text: 'const atMs = Date.now();' },
    { path: 'src/rotate/planted.ts', text: 'setTimeout(() => run(), 10);' },
    { path: 'src/notify/planted.ts', text: 'process.exit(1);' },
    { path: 'src/cli/planted.ts', text: "spawn('sort', { shell: true });" },
    { path: 'src/serve/planted.ts', text: 'await this.#worker.terminate();' },
    { path: 'src/rotate/planted.ts', text: "import { crc32, gunzipSync } from 'node:zlib';" },
    {
      path: 'src/serve/planted.ts',
      text: "import { createServer, type Server } from 'node:http';",
    },
  ]);

  rule(
    'nothing is left for later',
    nothingLeftForLater,
    [...sources, ...tests],
    [
      { path: 'src/base/planted.ts', text: `// ${'TO'}${'DO'}: later` },
      { path: 'test/planted.ts', text: `/* ${'FIX'}${'ME'} */` },
      { path: 'test/planted.ts', text: `const a = 1; // ${'X'}${'XX'}` },
    ],
  );

  rule('no mocks, and nothing skipped but by test/support/needs.ts', honestTests, tests, [
    { path: 'test/unit/planted.test.ts', text: `vi.${'mock'}('node:fs');` },
    { path: 'test/unit/planted.test.ts', text: `test.${'only'}('one', () => {});` },
    { path: 'test/unit/planted.test.ts', text: `describe.${'skip'}('one', () => {});` },
    { path: 'test/unit/planted.test.ts', text: `test('one', (context) => context.${'skip'}());` },
  ]);

  // Until the daemon is composed, every room is still waiting to be reached.
  const composed = sources.some((file) => file.path === 'src/daemon.ts');
  rule('no file is dead', deadFiles, composed ? sources : [], [
    { path: 'src/main.ts', text: "import { a } from './base/a.ts';" },
    { path: 'src/base/a.ts', text: "new Worker(new URL('./b.ts', import.meta.url));" },
    { path: 'src/base/b.ts', text: "const work = moduleUrl('./c.ts', import.meta.url);" },
    { path: 'src/base/c.ts', text: '' },
    { path: 'src/base/planted.ts', text: "import { a } from './a.ts';" },
  ]);

  test('the layers are those of src/ARCHITECTURE.md', () => {
    const page = readFileSync(join(ROOT, 'src/ARCHITECTURE.md'), 'utf8');
    const rooms = [...page.matchAll(/^\| `([a-z.]+)\/?` +\|/gm)].map((match) => match[1]);
    expect(rooms).toEqual(Object.keys(LAYERS));
  });
});

/** One test that the tree keeps the rule, and one that each planted breach is seen. */
function rule(
  name: string,
  check: Check,
  files: readonly SourceFile[],
  planted: readonly SourceFile[],
): void {
  test(name, () => {
    expect(check(files)).toEqual([]);
  });
  test(`${name}: a breach is seen`, () => {
    if (check === deadFiles) {
      expect(check(planted)).toEqual(['src/base/planted.ts: nothing that runs imports it']);
      return;
    }
    for (const file of planted) {
      expect(check([file]), `${file.path}: ${file.text}`).not.toEqual([]);
    }
  });
}

function importsPointDown(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = LAYERS[room];
    if (allowed === undefined) {
      return [`${file.path}: "${room}" is not a room of src/ARCHITECTURE.md`];
    }
    return localImportsOf(file)
      .map((path) => roomOf(path))
      .filter((other) => other !== room && !allowed.includes(other))
      .map((other) => `${file.path}: ${room} may not import ${other}`);
  });
}

function headerComments(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const header = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(file.text)?.[1];
    if (header === undefined) return [`${file.path}: does not open with a header comment`];
    const lines = header.split('\n').filter((line) => /\w/.test(line));
    return lines.length >= 1 && lines.length < 15
      ? []
      : [`${file.path}: its header comment has ${lines.length} lines of text, allowed are 1 to 14`];
  });
}

function shortFiles(files: readonly SourceFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lineCount: text.split('\n').length - 1 }))
    .filter(({ lineCount }) => lineCount > LINES_MAX)
    .map(({ path, lineCount }) => `${path}: ${lineCount} lines; take it apart along a seam`);
}

function packageDoors(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('.'))
      .flatMap((name) => {
        const doors = PACKAGE_DOORS[name];
        if (doors === undefined) {
          return name.startsWith('node:') ? [] : [`${file.path}: "${name}" has no door yet`];
        }
        return isBehind(file.path, doors) ? [] : [`${file.path}: "${name}" belongs in ${doors}`];
      }),
  );
}

function wordDoors(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const code = codeOf(file);
    return WORD_DOORS.filter(
      ({ word, doors }) => word.test(code) && !isBehind(file.path, doors),
    ).map(({ name, doors }) => `${file.path}: ${name} belongs in ${doors.join(', ') || 'no file'}`);
  });
}

function nothingLeftForLater(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(withoutPatterns(file.text)))
    .map((file) => `${file.path}: something is left for later`);
}

function honestTests(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => file.path !== 'test/support/needs.ts')
    .filter((file) =>
      /\bvi\.(?:mock|doMock|stubGlobal)\b|\.(?:only|skip|skipIf|runIf|todo)\(/.test(
        withoutPatterns(file.text),
      ),
    )
    .map((file) => `${file.path}: mocks or skips by itself`);
}

function deadFiles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const waiting = ENTRIES.filter((path) => byPath.has(path));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    waiting.push(...localImportsOf(file));
  }
  return files
    .filter((file) => !reached.has(file.path))
    .map((file) => `${file.path}: nothing that runs imports it`);
}

/** `src/engine/segment.ts` → `engine`; `src/main.ts` → `main.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function isBehind(path: string, doors: readonly string[]): boolean {
  return doors.some((door) => (door.endsWith('/') ? path.startsWith(door) : path === door));
}

/** Everything a file imports: statically, dynamically, as a type, or as the file of a worker. */
function importsOf(file: SourceFile): string[] {
  const code = codeOf(file);
  const patterns = [
    /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'/gm,
    /^import '([^']+)'/gm,
    /\bimport\(\s*'([^']+)'/g,
    /\b(?:new URL|moduleUrl)\(\s*'([^']+\.ts)'/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function localImportsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(file.path), name));
}

/** The text without its comments. A block comment counts only where it begins a line: globs hold the same signs. */
function codeOf(file: SourceFile): string {
  return file.text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(?:^|\s)\/\/.*$/gm, '');
}

/** This file has to spell what it forbids, in its regular expressions. */
function withoutPatterns(text: string): string {
  return text.replace(/\/(?:\\.|[^/\n*])+\/[a-z]*\.test\(/g, '');
}

function filesBelow(folder: string, pattern: RegExp): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => pattern.test(path) && !/^test\/fixtures\/|\/node_modules\//.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}
