/** A row of columns as an object, for the edges: hot loops read the columns. */
import type { Entry, FieldValue, TimestampKind } from './entry.ts';
import { type EntryColumns, FIELD, FLAG } from './entry-columns.ts';
import { levelOf } from './level.ts';

export function entryAt(columns: EntryColumns, row: number): Entry {
  const { names } = columns;
  const metadata: Record<string, FieldValue> = {};
  for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
    Object.defineProperty(metadata, names.keys.valueOf(columns.fieldKey[field]!), {
      value: fieldValueAt(columns, field),
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  const host = names.hosts.valueOf(columns.host[row]!);
  return {
    timestampUs: columns.timestampUs[row]!,
    timestampKind: timestampKindOf(columns.flags[row]!),
    level: levelOf(columns.level[row]!),
    severity: columns.severity[row]!,
    source: names.sources.valueOf(columns.source[row]!),
    message: columns.messageText(row),
    tags: columns.tagsOf(row),
    metadata,
    origin: {
      generation: columns.generation[row]!,
      path: names.paths.valueOf(columns.path[row]!),
      offsetBytes: columns.offset[row]!,
      lengthBytes: columns.originLength[row]!,
    },
    sequence: columns.sequence[row]!,
    ...(host === '' ? {} : { host }),
  };
}

/**
 * Levels of JSON that become a value. Whoever writes one as JSON again goes down level by level, and a line of a
 * megabyte can have half a million; `jq` takes 256 in all.
 */
const JSON_LEVELS_MAX = 200;

/**
 * The value of a field as JSON knows it; a number that a double cannot hold exactly stays text, and so does what is
 * nested deeper than anybody reads.
 */
export function fieldValueAt(columns: EntryColumns, field: number): FieldValue {
  const text = columns.fieldText(field);
  switch (columns.fieldKind[field]) {
    case FIELD.NUMBER: {
      const value = Number(text);
      return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
        ? value
        : text;
    }
    case FIELD.BOOLEAN:
      return text === 'true';
    case FIELD.NULL:
      return null;
    case FIELD.JSON:
      if (isDeep(text)) return text;
      try {
        return JSON.parse(withoutHalfPairs(text)) as FieldValue;
      } catch {
        return text;
      }
    default:
      return text;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isDeep(json: string): boolean {
  // Each level is opened and closed.
  if (json.length <= 2 * JSON_LEVELS_MAX) return false;
  let level = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    else if (isInString) at += Number(code === BACKSLASH);
    // In ASCII `[` and `{`, `]` and `}` differ in one bit.
    else if ((code & ~0x20) === 0x5b) level += 1;
    else if ((code & ~0x20) === 0x5d) level -= 1;
    if (level > JSON_LEVELS_MAX) return true;
  }
  return false;
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
/** Pairs and other escapes come first, so that what is left in the group is half a pair. */
const HALF_PAIR =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\[\s\S]/g;

/** JSON with U+FFFD for each half of a surrogate pair: strings have had none since they were read, and `jq` ends at one. */
function withoutHalfPairs(json: string): string {
  if (!SURROGATE_ESCAPE.test(json)) return json;
  return json.replace(HALF_PAIR, (escaped, half?: string) =>
    half === undefined ? escaped : '\\ufffd',
  );
}

function timestampKindOf(flags: number): TimestampKind {
  if (flags & FLAG.TIMESTAMP_NONE) return 'arrival';
  if (flags & FLAG.DATE_ASSUMED) return 'assumed-date';
  if (flags & FLAG.YEAR_ASSUMED) return 'assumed-year';
  return 'printed';
}
