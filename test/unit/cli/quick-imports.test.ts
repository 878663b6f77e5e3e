import type * as fs from 'node:fs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { FOR_COMMANDER, PACKAGES } from '../../../src/cli/quick-imports.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COMMANDER = join(ROOT, 'node_modules/commander/lib');

test.each(PACKAGES)('%s lies where the hook says that it does', (name, file, format) => {
  const path = join(ROOT, 'node_modules', file);
  expect(import.meta.resolve(name)).toBe(pathToFileURL(path).href);
  const text = readFileSync(path, 'utf8');
  expect(/^(?:im|ex)port /m.test(text) ? 'module' : 'commonjs').toBe(format);
});

test("what is left of node:fs has everything that the program's own files import", () => {
  const all = Object.getOwnPropertyDescriptors(process.getBuiltinModule('node:fs'));
  const missing: string[] = [];
  let importCount = 0;
  for (const path of filesBelow(join(ROOT, 'src'))) {
    for (const name of namesImported(readFileSync(path, 'utf8'), 'node:fs')) {
      importCount += 1;
      if (all[name as keyof typeof fs]?.get !== undefined) missing.push(`${path}: ${name}`);
    }
  }
  expect(importCount).toBeGreaterThan(50);
  expect(missing).toEqual([]);
});

test('commander finds what it imports in what stands in for it', async () => {
  const given = new Map<string, unknown>();
  for (const [name, text] of FOR_COMMANDER) {
    given.set(name, Object.keys(await import(/* @vite-ignore */ `data:text/javascript,${text}`)));
  }
  const wanted = new Map<string, Set<string>>();
  for (const path of filesBelow(COMMANDER)) {
    const text = readFileSync(path, 'utf8');
    for (const [name] of FOR_COMMANDER) {
      const names = wanted.get(name) ?? new Set<string>();
      for (const imported of namesImported(text, name)) names.add(imported);
      wanted.set(name, names);
    }
  }
  for (const [name, names] of wanted) expect(given.get(name), name).toEqual([...names]);
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|js)$/.test(name))
    .map((name) => join(folder, name));
}

/** Of values, `default` for the whole of it. */
function namesImported(text: string, module: string): string[] {
  const found: string[] = [];
  for (const [, names = ''] of text.matchAll(
    new RegExp(`^import (?!type )([^;]*?) from '${module}';`, 'gm'),
  )) {
    if (!names.startsWith('{')) found.push('default');
    else {
      for (const name of names.slice(1, -1).split(',')) {
        const plain = name.trim().replace(/ as .*/, '');
        if (plain !== '' && !plain.startsWith('type ')) found.push(plain);
      }
    }
  }
  return found;
}
