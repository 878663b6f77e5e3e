/** One corpus of hostile texts through every output of the command line and the API: escaped on pipes too, only --raw is raw. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { register as exportEntries } from '../../../src/cli/export.ts';
import { register as fields } from '../../../src/cli/fields.ts';
import { register as patterns } from '../../../src/cli/patterns.ts';
import { register as search } from '../../../src/cli/search.ts';
import { register as stats } from '../../../src/cli/stats.ts';
import { CommandScene, type Register } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;
const LONG_WORD = 'x'.repeat(1024 * 1024);

const ENTRIES: readonly TestEntry[] = [...HOSTILE_TEXTS.map(({ text }) => text), LONG_WORD].map(
  (text, index) => ({
    timestampUs: NOON_US + index,
    level: 'ERROR',
    source: text.slice(0, 200),
    message: text,
    tags: [text.slice(0, 100).replaceAll('\n', ' ') || 'none'],
    fields: [{ key: text.slice(0, 50) || 'key', value: text }],
  }),
);

/** What a terminal obeys, what is not seen, and what turns other text around; a line feed ends our own lines. */
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
/** On a terminal our own colours are the only sequences. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with ESC.
const COLOUR = /\u001b\[[\d;]*m/g;

let scene: CommandScene;

beforeAll(() => {
  scene = new CommandScene(search, ENTRIES);
});

afterAll(() => scene[Symbol.dispose]());

async function printed(
  register: Register,
  args: readonly string[],
  columns?: number,
): Promise<string> {
  const one = scene.with(register);
  const { stdout, stderr } = await one.run(args, columns === undefined ? {} : { columns });
  return (stdout + stderr).replace(columns === undefined ? /$^/g : COLOUR, '');
}

describe('hostile texts', () => {
  test.each([
    ['search', search, ['search', '-n', '0']],
    ['search, whole', search, ['search', '-n', '0', '-x', '--utc']],
    ['search, message', search, ['search', '-n', '0', '-o', 'message']],
    ['search, JSON', search, ['search', '-n', '0', '--json']],
    ['search, context', search, ['search', '-n', '5', '-C', '2']],
    ['search, table', search, ['search', '| count by source, tag']],
    ['search, table as JSON', search, ['search', '--json', '| top 100 message']],
    ['stats', stats, ['stats', '--all']],
    ['fields', fields, ['fields']],
    ['patterns', patterns, ['patterns', '-n', '0']],
    ['export, NDJSON', exportEntries, ['export']],
    ['export, CSV', exportEntries, ['export', '--format', 'csv']],
  ] as const)(
    '%s shows them as codes, on a pipe and on a terminal',
    async (_name, register, args) => {
      for (const columns of [undefined, 80]) {
        const text = await printed(register, args, columns);
        expect(text.length).toBeGreaterThan(100);
        // A tab moves nothing but what follows it; in CSV it is the text's own, inside its quotes.
        const shown = args.some((word) => word === 'csv') ? text.replaceAll('\t', '') : text;
        expect(DANGEROUS.exec(shown)?.[0]).toBeUndefined();
        expect(text.isWellFormed()).toBe(true);
      }
    },
    120_000,
  );

  test('JSON keeps every text as it was', async () => {
    const text = await printed(search, ['search', '-n', '0', '-r', '--json']);
    const messages = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message as string);
    expect(messages).toEqual(ENTRIES.map(({ message }) => message.toWellFormed()));
  });

  test('no cell of CSV is a formula, and every record has its nine cells', async () => {
    const text = await printed(exportEntries, ['export', '--format', 'csv']);
    const records = readCsv(text);
    expect(records).toHaveLength(ENTRIES.length + 1);
    for (const cells of records) {
      expect(cells).toHaveLength(9);
      for (const cell of cells)
        expect(cell).not.toMatch(/^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20](?!\d+$)/);
    }
  });

  test('--raw is raw', async () => {
    const text = await printed(search, ['search', '-n', '0', '--raw']);
    expect(text).toContain('\x1b[2J\x1b[H');
    expect(text).toContain('\u202e');
  });
});

/** RFC 4180, as strict as a reader can be. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  const token = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/gy;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    records.push(cells);
    cells = [];
    if (token.lastIndex === text.length) break;
  }
  return records;
}
