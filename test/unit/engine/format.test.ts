/**
 * Segments written by the first release of each format version. They are never made again: today's reader must read them
 * for ever, to the byte, and find what their indexes say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BufferSource } from '../../../src/engine/byte-source.ts';
import { partsOfFilter } from '../../../src/engine/filter-parts.ts';
import { compilePruner } from '../../../src/engine/prune.ts';
import { NEED } from '../../../src/engine/segment-format.ts';
import { rollupOf, templatesOf } from '../../../src/engine/segment-parts.ts';
import { SegmentReader } from '../../../src/engine/segment-reader.ts';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { templateOf } from '../../../src/pattern/template.ts';
import { compileFilter } from '../../../src/query/compile-filter.ts';
import type { Filter } from '../../../src/query/query-tree.ts';
import { describeRow } from '../../support/entry-rows.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/format/', import.meta.url));

type Described = Readonly<{ sequence: number; timestampUs: number; level: number }>;

const QUESTIONS: readonly Filter[] = [
  { kind: 'text', test: { kind: 'phrase', text: 'straße über' } },
  { kind: 'text', test: { kind: 'phrase', text: '1b8dc10c-a689-40c1-ad1e-a783f1c93056' } },
  { kind: 'text', test: { kind: 'phrase', text: 'ad1e' } },
  { kind: 'text', test: { kind: 'infix', text: '783f1e9' } },
  { kind: 'text', test: { kind: 'infix', text: 'erbindun' } },
  { kind: 'text', test: { kind: 'prefix', text: 'plac' } },
  { kind: 'text', test: { kind: 'prefix', text: 'place' } },
  { kind: 'has', key: 'err.message' },
  { kind: 'field', key: 'status', test: { kind: 'equals', value: '600' } },
  { kind: 'level', comparison: '>=', level: 'ERROR' },
  { kind: 'source', pattern: 'nginx/*' },
];

for (const version of readdirSync(FOLDER)) {
  describe(`format ${version}`, () => {
    const names = readdirSync(FOLDER + version).filter((name) => name.endsWith('.segment'));
    for (const name of names) {
      test(`${name} is read as it was written`, () =>
        check(`${FOLDER}${version}/${name}`, version));
    }
  });
}

function check(path: string, version: string): void {
  const expected = JSON.parse(
    readFileSync(path.replace('.segment', '.json'), 'utf8'),
  ) as Described[];
  using segment = SegmentReader.open(new BufferSource(readFileSync(path)), new ColumnNames());
  segment.verify();
  expect(segment.header).toMatchObject({ number: 42, storeId: '5f3a9c1e00112233445566778899aabb' });

  const rows: Described[] = [];
  const columns = new EntryColumns(segment.names);
  for (let chunk = 0; chunk < segment.footer.chunks.length; chunk += 1) {
    segment.readRows(chunk, columns, NEED.ALL);
    segment.readTexts(chunk, columns);
    for (const query of QUESTIONS) checkPruning(segment, columns, { query, chunk });
    if (version !== 'v1') checkTemplates(segment, columns, chunk);
    for (let row = 0; row < columns.count; row += 1) {
      rows.push(describeRow(columns, row) as Described);
    }
  }
  expect(rows.toSorted((a, b) => a.sequence - b.sequence)).toEqual(expected);
  const counted = rollupOf(segment).cellCounts.reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(expected.length);
}

/** Each row has the template of its message. */
function checkTemplates(segment: SegmentReader, columns: EntryColumns, chunk: number): void {
  const numbers = segment.readTemplateNumbers(chunk);
  const templates = templatesOf(segment)?.templates;
  for (let row = 0; row < columns.count; row += 1) {
    expect(templates?.[numbers[row]! - 1]?.text).toBe(templateOf(columns.messageText(row)));
  }
}

/** A chunk with a match is never left out. */
function checkPruning(
  segment: SegmentReader,
  columns: EntryColumns,
  asked: Readonly<{ query: Filter; chunk: number }>,
): void {
  const matches = compileFilter(asked.query, segment.names);
  const isThere = Array.from({ length: columns.count }, (_, row) => matches(columns, row)).includes(
    true,
  );
  if (!isThere) return;
  const found = compilePruner(partsOfFilter(asked.query))(segment);
  expect(found.has(asked.chunk), JSON.stringify(asked.query)).toBe(true);
}
