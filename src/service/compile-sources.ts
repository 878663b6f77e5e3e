/**
 * A program: the TypeScript below one folder as JavaScript below another, and beside it what the program reads. Told on standard
 * input (`CompileOrder`).
 *
 * Types are taken off by Node itself, which leaves every line and column where it was. An installed program is started far
 * more often than it is installed, and each of its threads would hold the text of its modules twice and what strips them.
 * A process of its own, because Node warns of every use of this.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

/** What imports name: `from './a.ts'`, `import './a.ts'`, `import('./a.ts')`. */
const IMPORTED = /(\b(?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"\n]+)\.ts\2/g;
/** For people; stays where people look for it. */
const READ_BY_PEOPLE = /\.md$/;

export type CompileOrder = Readonly<{ from: string; to: string }>;

const STANDARD_INPUT = 0;

const { from, to } = JSON.parse(readFileSync(STANDARD_INPUT, 'utf8')) as CompileOrder;
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const name = path.slice(from.length + 1);
  // Beside the sources lies what starts them.
  const isBeside = entry.parentPath === from && !name.endsWith('.ts');
  if (!entry.isFile() || isBeside || READ_BY_PEOPLE.test(name)) continue;
  const target = join(to, name.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  if (!name.endsWith('.ts')) cpSync(path, target);
  else {
    const text = stripTypeScriptTypes(readFileSync(path, 'utf8'));
    writeFileSync(target, text.replace(IMPORTED, '$1$2$3.js$2'));
  }
}
