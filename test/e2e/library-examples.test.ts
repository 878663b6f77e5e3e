/** Every library example of `src/LIBRARY.md` and README.md is run as its own program, and prints what the page says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

const LIBRARY_URL = new URL('../../src/library.ts', import.meta.url).href;
const EXAMPLE = /^## (.+?)\n(?:(?!^## )[\s\S])*?```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/gm;

describe.each(['src/LIBRARY.md', 'README.md'])('the library examples of %s', (name) => {
  const page = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  const examples = [...page.matchAll(EXAMPLE)];

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
