import { describe, expect, test } from 'vitest';
import { EntryOutput, type EntryOutputOptions } from '../../../src/cli/entry-output.ts';
import { LocalTime } from '../../../src/cli/local-time.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { hitFinder } from '../../../src/query/hits.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const ESC = '\x1b';
const PIPE = { width: Number.POSITIVE_INFINITY, colour: false };
const CONTEXT = { nowMs: Date.UTC(2026, 10, 20, 14), timezone: 'UTC' };

describe('EntryOutput', () => {
  test('prints the date once, then time, level, source, message and fields', () => {
    const output = outputOf({});
    output.fitSources(['payments', 'payments/worker']);
    expect(
      output.textOf(
        entry({
          source: 'payments',
          level: 'WARN',
          message: 'upstream ledger-db timeout after 2000 ms',
          metadata: { route: '/charge', 'user.name': 'Ann B', list: [1, 2], none: null },
          tags: ['prod'],
        }),
      ) + output.textOf(entry({ source: 'payments/worker', level: null, message: 'plain' })),
    ).toBe(
      'Fri 20 Nov 2026, local time (UTC+1)\n' +
        '14:31:58.204 WARN  payments        upstream ledger-db timeout after 2000 ms' +
        ' route=/charge user.name="Ann B" list=[1,2] none=null tags=prod\n' +
        '14:31:58.204       payments/worker plain\n',
    );
  });

  test('prints the date again where the local day changes', () => {
    const output = outputOf({});
    const text =
      output.textOf(entry({ timestampUs: Date.UTC(2026, 10, 20, 23, 30) * 1_000 })) +
      output.textOf(entry({ timestampUs: Date.UTC(2026, 10, 20, 22, 30) * 1_000 }));
    expect(text.match(/^\w{3} \d+ \w{3} \d{4}/gm)).toEqual(['Sat 21 Nov 2026', 'Fri 20 Nov 2026']);
  });

  test('does not repeat a field that the message shows', () => {
    expect(rowOf({ message: 'done code=5 in 3 ms', metadata: { code: 5, user: 'x' } })).toMatch(
      /done code=5 in 3 ms user=x$/,
    );
  });

  test('shows the second line of an entry and counts the others, or all of them when asked', () => {
    const message = 'Error: boom\n    at one (a.js:1)\n    at two (b.js:2)\n    at three';
    expect(rowOf({ message }).split('\n').slice(-1)[0]).toBe(
      '                        at one (a.js:1), 2 more lines: -x shows all',
    );
    expect(rowOf({ message: 'a\nb' }).split('\n').at(-1)).toBe('                        b');
    expect(rowOf({ message }, { whole: true }).split('\n')).toHaveLength(4);
  });

  test('cuts a line of many characters, but not when asked for the whole entry', () => {
    const message = 'x'.repeat(1_000_000);
    expect(rowOf({ message })).toMatch(/x… 998,000 more characters: -x shows all$/);
    expect(rowOf({ message }, { whole: true })).toContain(message);
  });
});

describe('EntryOutput on a terminal', () => {
  test('wraps under the message and elides a long source', () => {
    const output = outputOf({ terminal: { width: 80, colour: false } });
    output.fitSources(['payments/worker', 'api']);
    const text = output.textOf(
      entry({
        source: 'payments/worker',
        level: 'ERROR',
        message: 'settlement batch 4471: ledger-db timeout after 2000 ms, retry 3 of 3',
      }),
    );
    expect(text.split('\n').slice(1)).toEqual([
      '14:31:58.204 ERROR pay…worker settlement batch 4471: ledger-db timeout after',
      '                              2000 ms, retry 3 of 3',
      '',
    ]);
  });

  test('colours level, source and hits, and marks hits across what the query excludes', () => {
    const output = outputOf({
      terminal: { width: 120, colour: true },
      hits: hitFinder(parseQuery('time* -after "2000 ms" message:/ret.y/', CONTEXT).filter),
    });
    const text = output.textOf(
      entry({
        level: 'FATAL',
        message: 'Timeout after 2000 ms, retry',
        metadata: { next: 'retry' },
      }),
    );
    expect(text).toContain('\x1b[1;7;31mFATAL\x1b[0m');
    expect(text).toContain('\x1b[36mapi\x1b[0m');
    const marked = text
      .split(`${ESC}[30;43m`)
      .slice(1)
      .map((piece) => piece.split(ESC)[0]);
    expect(marked).toEqual(['Time', '2000 ms', 'retry', 'retry']);
    expect(text).toContain(' after ');
  });
});

describe.each([
  ['pipe', PIPE],
  ['terminal', { width: 80, colour: true }],
] as const)('EntryOutput on a %s', (_name, terminal) => {
  test.each(HOSTILE_TEXTS)('prints nothing that acts of a text that $what', ({ text }) => {
    const printed = outputOf({
      terminal,
      hits: hitFinder(parseQuery('a OR *e*', CONTEXT).filter),
    }).textOf(
      entry({
        source: text,
        message: `${text}\n${text}`,
        metadata: { [text]: text, list: [text] },
        tags: [text],
      }),
    );
    const bare = printed.replace(new RegExp(`${ESC}\\[(?:0|2|36|33|30;43)m`, 'g'), '');
    expect(bare.replaceAll('\n', '')).not.toMatch(
      /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
    );
    const rows = bare.split('\n');
    expect(rows.filter((row) => /^\d\d:\d\d:/.test(row))).toHaveLength(1);
  });
});

function outputOf(options: Partial<EntryOutputOptions>): EntryOutput {
  return new EntryOutput({
    terminal: PIPE,
    time: new LocalTime('Europe/Berlin'),
    hits: () => [],
    whole: false,
    ...options,
  });
}

/** What is printed of one entry, without the date. */
function rowOf(part: Partial<Entry>, options: Partial<EntryOutputOptions> = {}): string {
  const text = outputOf(options).textOf(entry(part));
  return text.slice(text.indexOf('\n') + 1, -1);
}

function entry(part: Partial<Entry>): Entry {
  return {
    timestampUs: Date.UTC(2026, 10, 20, 13, 31, 58, 204) * 1_000,
    timestampKind: 'printed',
    level: 'INFO',
    severity: 20,
    source: 'api',
    message: 'message',
    tags: [],
    metadata: {},
    origin: { generation: 1, path: '/var/log/api.log', offsetBytes: 0, lengthBytes: 10 },
    sequence: 1,
    ...part,
  };
}
