/** `package.json` and its lockfile: pinned, complete, without anybody's address, and with the Node they promise. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Package = Readonly<{
  version?: string;
  resolved?: string;
  integrity?: string;
  optional?: boolean;
  os?: string | readonly string[];
  libc?: readonly string[];
  optionalDependencies?: Readonly<Record<string, string>>;
}>;

type Manifest = Readonly<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
>;

const manifest = readJson<Manifest>('../package.json');
const { packages } = readJson<{ packages: Record<string, Package> }>('../package-lock.json');

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}

test('package.json pins every version', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  for (const [name, version] of Object.entries(all)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
});

test('the lockfile names no address, and has a checksum of everything that Linux installs', () => {
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue;
    expect(entry.resolved, path).toBeUndefined();
    const elsewhere = entry.os !== undefined && ![entry.os].flat().includes('linux');
    if (!elsewhere && !entry.optional) expect(entry.integrity, path).toMatch(/^sha512-/);
  }
});

test('the lockfile of the ClickHouse tests names no address, and has every checksum', () => {
  const { packages: others } = readJson<{ packages: Record<string, Package> }>(
    './clickhouse/package-lock.json',
  );
  for (const [path, entry] of Object.entries(others)) {
    if (path === '') continue;
    expect(entry.resolved, path).toBeUndefined();
    if (!entry.optional) expect(entry.integrity, path).toMatch(/^sha512-/);
  }
});

test('the lockfile brings Node for both processors, as .node-version says', () => {
  const version = readFileSync(new URL('../.node-version', import.meta.url), 'utf8').trim();
  for (const processor of ['x64', 'arm64']) {
    const node = packages[`node_modules/node-linux-${processor}`];
    expect(node?.version).toBe(version);
    expect(node?.integrity).toMatch(/^sha512-/);
  }
});

// npm leaves out those that a registry does not carry, and then refuses its own lockfile in `npm ci`.
test('the lockfile knows every optional package that another one names', () => {
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const known = packages[`node_modules/${name}`] ?? packages[`${path}/node_modules/${name}`];
      expect(known?.version, `${name} of ${path}`).toBeDefined();
    }
  }
});

test('package.json names no runtime dependency that the program does not import', () => {
  const source = new URL('../src/', import.meta.url);
  const imported = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, source), 'utf8'))
    .join('\n');
  // uPlot is not run here but given to browsers: its file is looked up by name.
  const ways = (name: string) => [`from '${name}'`, `import('${name}')`, `.resolve('${name}/`];
  const unused = Object.keys(manifest.dependencies).filter(
    (name) => !ways(name).some((way) => imported.includes(way)),
  );
  expect(unused).toEqual([]);
});
