/**
 * What reads the usual stamps and headers in one go, against the readers that take them piece by piece: both say the same.
 *
 * A stamp is read quickly where its date was the one before. PostgreSQL's header is, where no field was read before it.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { Calendar } from '../../src/parse/calendar.ts';
import { Draft } from '../../src/parse/draft.ts';
import { readHeader } from '../../src/parse/formats/text-header.ts';
import { Layout } from '../../src/parse/layout.ts';
import { Zone } from '../../src/parse/zone.ts';
import { FILE_TIME_MS } from '../support/parse.ts';

const RUNS = { numRuns: 1_000, interruptAfterTimeLimit: 3_000 };
const names = new ColumnNames();
const DATE = '2026-11-20';

const stampTail = fc
  .tuple(
    fc.constantFrom('10:11:12', '00:00:60', '23:59:59', '9:05:01'),
    fc.constantFrom('', '.123', ',123', '.123456', '.123456789', '.1', ':606'),
    fc.constantFrom(
      '',
      ' UTC',
      ' GMT',
      ' CET',
      ' EST',
      'Z',
      ' Z',
      ' UT',
      ' UTCX',
      ' +0200',
      ' AM',
      ' PM',
    ),
    fc.constantFrom('', ' ', ' [7]', '/x', '1', '_', '+02', 'é', '\t'),
  )
  .map((parts) => parts.join(''));

const header = fc
  .tuple(
    fc.constantFrom(
      ' [74007] ',
      ' [7] ',
      ' [0071] ',
      ' [7]  ',
      ' [a] ',
      ' [12345678901] ',
      ` [${'7'.repeat(300)}] `,
      ' ',
      ' - ',
    ),
    fc.oneof(
      fc.constantFrom(
        '',
        'app@shop ',
        'APP@shop ',
        '_u@d ',
        'info@db ',
        'a@ ',
        '@b ',
        '1a@b ',
        'a-b@c-d ',
      ),
      fc.constantFrom(
        '-a@b ',
        'a@b.c ',
        '[unknown]@[unknown] ',
        'a@b  ',
        'a@b@c ',
        'user ',
        'error@x ',
      ),
    ),
    fc.constantFrom(
      'LOG',
      'WARNING',
      'ERROR',
      'FATAL',
      'DETAIL',
      'Log',
      'LOGS',
      'NOTICE',
      'DEBUG1',
      'PANIC',
    ),
    fc.constantFrom(':  ', ': ', ':', ' ', ':\t', ':   '),
    fc.constantFrom(
      'duration: 1 ms',
      'text',
      '',
      'a.b.C: x',
      '[x] y',
      '12 --- z',
      '(4): q',
      'a - b',
    ),
  )
  .map((parts) => parts.join(''));

describe('read in one go or piece by piece', () => {
  test('a stamp is the same instant, and ends at the same place', () => {
    fc.assert(
      fc.property(
        fc.array(stampTail, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('UTC', 'Europe/Berlin'),
        (tails, timezone) => {
          const quick = draftOf(timezone);
          stampOf(quick, '00:00:00');
          for (const tail of tails)
            expect(stampOf(quick, tail)).toEqual(stampOf(draftOf(timezone), tail));
        },
      ),
      RUNS,
    );
  });

  test('a header of PostgreSQL has the same level, fields and message', () => {
    fc.assert(
      fc.property(
        fc.array(header, { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (headers, learned) => {
          const quick = { draft: draftOf('UTC'), layout: new Layout() };
          const slow = { draft: draftOf('UTC'), layout: new Layout() };
          quick.layout.learn();
          slow.layout.learn();
          for (const [index, text] of headers.entries()) {
            if (index === learned % headers.length) {
              quick.layout.decide();
              slow.layout.decide();
            }
            expect(headerOf(quick, text, false)).toEqual(headerOf(slow, text, true));
          }
        },
      ),
      RUNS,
    );
  });
});

function draftOf(timezone: string): Draft {
  return new Draft(new EntryColumns(names), new Calendar(Zone.open(timezone), FILE_TIME_MS));
}

function put(draft: Draft, text: string): number {
  const bytes = Buffer.from(`${text}\n`);
  draft.columns.bytesLength = 0;
  draft.columns.fieldCount = 0;
  bytes.copy(draft.bytes, draft.reserve(bytes.length + 16));
  draft.begin(0, bytes.length - 1);
  return bytes.length - 1;
}

function stampOf(draft: Draft, tail: string): object {
  const text = `${DATE} ${tail}`;
  const stampEnd = draft.readStamp(0, put(draft, text));
  return stampEnd < 0 ? { text } : { text, stampEnd, us: draft.timestampUs, flags: draft.flags };
}

function headerOf(
  { draft, layout }: Readonly<{ draft: Draft; layout: Layout }>,
  text: string,
  hasField: boolean,
): object {
  const end = put(draft, text);
  const { columns } = draft;
  layout.countLine();
  if (hasField) draft.number(draft.known.connection, 0, 1);
  readHeader(draft, layout, 0, end);
  const fields: string[] = [];
  for (let field = hasField ? 1 : 0; field < columns.fieldCount; field += 1) {
    const start = columns.fieldStart[field]!;
    const value = columns.bytes.toString('utf8', start, start + columns.fieldLength[field]!);
    fields.push(
      `${names.keys.valueOf(columns.fieldKey[field]!)}=${value}/${columns.fieldKind[field]}`,
    );
  }
  return { text, level: draft.level, messageStart: draft.messageStart, fields };
}
