/**
 * `npm run build:deb [-- --out FOLDER]`: the Debian package, with the runtime inside, from this clone and its installed
 * packages. Needs `dpkg-deb` and `gzip`; not root. Prints the path of the package.
 *
 * Files lie where `src/service/layout.ts` says. The same tree gives the same package: times are those of the last commit.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PROGRAM_FOLDER, VERSION } from '../../src/base/version.ts';
import {
  CONFIG_PATH,
  PACKAGED_PROGRAM_FOLDER,
  PACKAGED_UNIT_PATH,
} from '../../src/service/layout.ts';
import { copyProgram } from '../../src/service/program-copy.ts';
import { unitText } from '../../src/service/unit-files.ts';

const PARTS = join(PROGRAM_FOLDER, 'systemd/debian');
const SCRIPTS = ['postinst', 'prerm', 'postrm', 'config'] as const;
/** The first packaging of this version; an upstream version and a packaging apart, as Debian counts. */
const DEBIAN_VERSION = `${VERSION}-1`;
/** Of the packages from npm: what only their authors need. */
const NOT_RUN =
  /^(?:\..*|spec|test|tests|benchmark|benchmarks|bench|doc|docs|example|examples|eslint\.config\..*)$/;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

// A package is open to all, whatever new files are to whoever builds it; its root is made for its maker alone.
process.umask(0o022);
const { out } = parseArgs({ options: { out: { type: 'string', default: '.' } } }).values;
const root = mkdtempSync(join(tmpdir(), 'logstead-deb-'));
chmodSync(root, 0o755);
try {
  process.stdout.write(`${build(root, resolve(out))}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}

function build(root: string, outFolder: string): string {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`No Debian architecture for ${process.arch}`);
  placeFiles(root);
  placeControl(root, architecture);
  mkdirSync(outFolder, { recursive: true });
  const path = join(outFolder, `logstead_${DEBIAN_VERSION}_${architecture}.deb`);
  // What Debian's own tools for archives take (lintian refuses zstd); quick, and as small as zstd makes it in the same time.
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z0', '--build', root, path]);
  return path;
}

/** What is installed. */
function placeFiles(root: string): void {
  copyProgram(PROGRAM_FOLDER, join(root, PACKAGED_PROGRAM_FOLDER));
  // Of the packaged program, only what an installed one reads.
  for (const name of [
    'systemd/debian',
    'config',
    'LICENSE',
    'CHANGELOG.md',
    'src/tsconfig.build.json',
  ]) {
    rmSync(join(root, PACKAGED_PROGRAM_FOLDER, name), { recursive: true, force: true });
  }
  const modules = join(root, PACKAGED_PROGRAM_FOLDER, 'node_modules');
  prunePackages(modules);
  for (const name of readdirSync(modules, { recursive: true, encoding: 'utf8' })) {
    if (/\/\.eslintrc[^/]*$/.test(name)) rmSync(join(modules, name));
  }
  const shipped = (name: string): string => readFileSync(join(PROGRAM_FOLDER, name), 'utf8');
  write(
    join(root, PACKAGED_UNIT_PATH),
    unitText(shipped('systemd/logstead.service'), PACKAGED_PROGRAM_FOLDER),
  );
  write(join(root, '/usr/lib/tmpfiles.d/logstead.conf'), shipped('systemd/logstead.tmpfiles'));
  write(join(root, CONFIG_PATH), shipped('systemd/config.ini'));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/logstead/src/logstead.sh', join(root, 'usr/bin/logstead'));

  const documents = join(root, 'usr/share/doc/logstead');
  const licence = shipped('LICENSE')
    .trim()
    .split('\n')
    .map((line) => (line === '' ? ' .' : ` ${line}`))
    .join('\n');
  write(
    join(documents, 'copyright'),
    shipped('systemd/debian/copyright').replace('@LICENSE@', licence),
  );
  write(join(documents, 'changelog.gz'), gzipSync(shipped('CHANGELOG.md'), { level: 9 }));
  write(join(documents, 'changelog.Debian.gz'), gzipSync(debianChangelog(), { level: 9 }));
  write(join(documents, 'sbom.cdx.json.gz'), gzipSync(billOfMaterials(), { level: 9 }));
  write(
    join(root, 'usr/share/lintian/overrides/logstead'),
    shipped('systemd/debian/lintian-overrides'),
  );
}

/** What is inside, for who looks for known holes: CycloneDX, from the lockfile. */
function billOfMaterials(): Buffer {
  const args = ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'];
  return execFileSync('npm', args, { cwd: PROGRAM_FOLDER, maxBuffer: 64 * 1024 * 1024 });
}

/** Packages are the folders with a package file; what is not run goes from their top level alone. */
function prunePackages(modules: string): void {
  for (const name of readdirSync(modules)) {
    const folder = join(modules, name);
    if (name.startsWith('@')) {
      prunePackages(folder);
      continue;
    }
    for (const part of readdirSync(folder)) {
      const path = join(folder, part);
      if (part === 'node_modules') prunePackages(path);
      else if (NOT_RUN.test(part)) rmSync(path, { recursive: true, force: true });
    }
  }
}

function debianChangelog(): string {
  const date = new Date(lastChangeSeconds() * 1_000).toUTCString().replace('GMT', '+0000');
  return `logstead (${DEBIAN_VERSION}) unstable; urgency=medium

  * Version ${VERSION}; what changed is in changelog.gz.

 -- Logstead maintainers <maintainers@logstead.invalid>  ${date}
`;
}

/** The time of the last commit; outside a clone, of the package file. */
function lastChangeSeconds(): number {
  try {
    const args = ['-C', PROGRAM_FOLDER, 'log', '-1', '--format=%ct'];
    return Number(
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return Math.floor(lstatSync(join(PROGRAM_FOLDER, 'package.json')).mtimeMs / 1_000);
  }
}

/** What dpkg wants to know. */
function placeControl(root: string, architecture: string): void {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => lstatSync(join(root, name)).isFile())
    .toSorted();
  const sizeKiB = files.reduce(
    (sum, name) => sum + Math.ceil(lstatSync(join(root, name)).size / 1024),
    0,
  );
  const control = readFileSync(join(PARTS, 'control.in'), 'utf8')
    .replace('@VERSION@', DEBIAN_VERSION)
    .replace('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', String(sizeKiB));
  const folder = join(root, 'DEBIAN');
  write(join(folder, 'control'), control);
  write(join(folder, 'conffiles'), `${CONFIG_PATH}\n`);
  write(
    join(folder, 'md5sums'),
    files.map((name) => `${md5(join(root, name))}  ${name}\n`).join(''),
  );
  cpSync(join(PARTS, 'templates'), join(folder, 'templates'));
  chmodSync(join(folder, 'templates'), 0o644);
  for (const script of SCRIPTS) {
    cpSync(join(PARTS, script), join(folder, script));
    chmodSync(join(folder, script), 0o755);
  }
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, 0o644);
}

/** dpkg's own checksum of installed files: against accidents, not against people. */
function md5(path: string): string {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}

function run(program: string, args: readonly string[]): void {
  // dpkg-deb gives newer files this time: the same tree makes the same package.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(lastChangeSeconds()) };
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
}
