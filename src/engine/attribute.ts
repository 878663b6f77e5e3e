/**
 * What entries are grouped by: level, source, tag, file, or a metadata field.
 *
 * Names (level, source, tag, file) are counted by number and turned into text once; field values are text per row.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { levelNameOf } from '../model/level.ts';
import { HOST_KEY, MESSAGE_KEY } from '../query/query-tree.ts';
import { NEED } from './segment-format.ts';

/** The names that are not fields. */
const NAMED = ['level', 'source', 'tag', 'file'] as const;
type Named = (typeof NAMED)[number];

/** `level`, `source`, `tag`, `file`, or the key of a field; `message` is the message. */
export type AttributeName = Named | (string & {});

/** Counts of one attribute's values. A row without the field is not counted; one with several tags counts for each. */
export interface Tally {
  add(columns: EntryColumns, row: number, weight: number): void;
  /** Different values so far. */
  readonly size: number;
  counts(): Map<string, number>;
}

export type Attribute = Readonly<{
  needsText: boolean;
  /** Columns it looks at (`NEED`). */
  need: number;
  /** Rollups know it. */
  inCells: boolean;
  openTally(): Tally;
  /** The values of a row as texts. */
  valuesOf(columns: EntryColumns, row: number): readonly string[];
}>;

export function attributeOf(name: AttributeName): Attribute {
  switch (name) {
    case 'level':
      return named(
        { need: NEED.CLASS, inCells: true },
        (columns, row) => columns.level[row]!,
        (_, id) => [levelNameOf(id)],
      );
    case 'source':
      return named(
        { need: NEED.SOURCE, inCells: true },
        (columns, row) => columns.source[row]!,
        ({ names }, id) => [names.sources.valueOf(id)],
      );
    case 'tag':
      return named(
        { need: NEED.TAG_SET, inCells: true },
        (columns, row) => columns.tagSet[row]!,
        ({ names }, id) => splitTags(names.tagSets.valueOf(id)),
      );
    case 'file':
      return named(
        { need: NEED.PATH, inCells: false },
        (columns, row) => columns.path[row]!,
        ({ names }, id) => [names.paths.valueOf(id)],
      );
    default:
      return field(name);
  }
}

function splitTags(joined: string): string[] {
  return joined === '' ? [] : joined.split('\n');
}

function named(
  how: Readonly<{ need: number; inCells: boolean }>,
  idOf: (columns: EntryColumns, row: number) => number,
  textsOf: (columns: EntryColumns, id: number) => readonly string[],
): Attribute {
  return {
    needsText: false,
    ...how,
    openTally() {
      const byId = new Map<number, number>();
      let seen: EntryColumns | undefined;
      return {
        add(columns, row, weight) {
          seen = columns;
          const id = idOf(columns, row);
          byId.set(id, (byId.get(id) ?? 0) + weight);
        },
        get size() {
          return byId.size;
        },
        counts() {
          const counts = new Map<string, number>();
          for (const [id, count] of byId) {
            for (const text of seen === undefined ? [] : textsOf(seen, id)) {
              counts.set(text, (counts.get(text) ?? 0) + count);
            }
          }
          return counts;
        },
      };
    },
    valuesOf: (columns, row) => textsOf(columns, idOf(columns, row)),
  };
}

function field(key: string): Attribute {
  const textOf = (columns: EntryColumns, row: number): string | undefined => {
    if (key === MESSAGE_KEY) return columns.messageText(row);
    const keyId = columns.names.keys.find(key);
    const at = keyId < 0 ? -1 : columns.findField(row, keyId);
    if (at >= 0) return columns.fieldText(at);
    return key === HOST_KEY ? (columns.machineOf(row) ?? undefined) : undefined;
  };
  return {
    needsText: true,
    need: 0,
    inCells: false,
    openTally() {
      const counts = new Map<string, number>();
      return {
        add(columns, row, weight) {
          const text = textOf(columns, row);
          if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + weight);
        },
        get size() {
          return counts.size;
        },
        counts: () => counts,
      };
    },
    valuesOf(columns, row) {
      const text = textOf(columns, row);
      return text === undefined ? [] : [text];
    },
  };
}
