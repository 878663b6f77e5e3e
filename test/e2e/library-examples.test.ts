/** Every library example of `src/LIBRARY.md` and README.md is run as its own program, prints what the page says, and has no mistake of types. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

const LIBRARY_URL = new URL('../../src/library.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Of a program that is strict, as `tsc --init` makes it. */
const COMPILER_OPTIONS = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  ...{ verbatimModuleSyntax: true, types: ['node'] },
  ...{ target: 'esnext', module: 'nodenext' },
  ...{ noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true },
  typeRoots: [`${ROOT}node_modules/@types`],
};
const EXAMPLE = /^## (.+?)\n(?:(?!^## )[\s\S])*?```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/gm;

const PAGES = ['src/LIBRARY.md', 'README.md'];

test('the library examples have no mistake of types, and the types that are named are there', {
  timeout: 60_000,
}, async () => {
  using folder = TempFolder.make();
  const programs = PAGES.flatMap((name) => examplesOf(name).examples).map(([, , program]) =>
    program!.replace("from 'logstead'", `from '${ROOT}src/library.ts'`),
  );
  const named = /has names: (.+?) \(/s.exec(examplesOf('src/LIBRARY.md').page)?.[1];
  programs.push(`import type { ${named?.replaceAll('`', '')} } from '${ROOT}src/library.ts';`);
  for (const [index, program] of programs.entries()) folder.write(`${index + 1}.mts`, program);
  folder.write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  const compiler = `${ROOT}node_modules/typescript/bin/tsc`;
  const { stdout } = await runCommand(process.execPath, [compiler], { cwd: folder.path });
  expect(stdout).toBe('');
});

describe.each(PAGES)('the library examples of %s', (name) => {
  const { page, examples } = examplesOf(name);

  test('are all there', () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.length).toBe(page.match(/^```ts$/gm)?.length);
  });

  for (const [, title, program, output] of examples) {
    test(`${title}: prints what the page says`, { timeout: 60_000 }, async () => {
      using folder = TempFolder.make();
      const source = program!.replace("from 'logstead'", `from '${LIBRARY_URL}'`);
      folder.write('example.mjs', source);
      const { stdout, stderr } = await runCommand(process.execPath, ['example.mjs'], {
        cwd: folder.path,
      });
      expect(stderr).toBe('');
      expect(stdout).toBe(output);
    });
  }
});

function examplesOf(name: string): Readonly<{ page: string; examples: RegExpExecArray[] }> {
  const page = readFileSync(`${ROOT}${name}`, 'utf8');
  return { page, examples: [...page.matchAll(EXAMPLE)] };
}
