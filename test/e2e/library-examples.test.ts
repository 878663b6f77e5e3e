/** Every example of `src/LIBRARY.md` is run as its own program, and prints what the page says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

const LIBRARY_URL = new URL('../../src/library.ts', import.meta.url).href;
const PAGE = readFileSync(new URL('../../src/LIBRARY.md', import.meta.url), 'utf8');
const EXAMPLE = /^## (.+?)\n[\s\S]*?```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/gm;

describe('the examples of src/LIBRARY.md', () => {
  const examples = [...PAGE.matchAll(EXAMPLE)];

  test('are all there', () => {
    expect(examples.length).toBe(PAGE.match(/^## /gm)?.length);
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
