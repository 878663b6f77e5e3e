/** What the parser of a file is told of it. */
import type { CalendarMark } from './calendar.ts';
import type { FormatDeclaration } from './declared/declared-format.ts';
import type { Encoding } from './line-text.ts';

export type FileParserOptions = Readonly<{
  source: string;
  path: string;
  tags: readonly string[];
  /** A format by name; null: detected. */
  format: string | null;
  /** The declaration of that format, where the config has one. */
  declared?: FormatDeclaration | null;
  /** IANA name of the zone of stamps that print none. */
  timezone: string;
  encoding: Encoding;
  multiline: 'auto' | 'off';
  /** Number of the file generation in the ledger. */
  generation: number;
  /** Modification time of the file, for stamps without year or date. */
  fileTimeMs: number;
  /** Number of the first line that will be pushed. Default 1. */
  lineNumber?: number;
  /** The `mark` of the parser that read the lines before these. */
  mark?: CalendarMark | null;
  /** Only lines with a stamp are pushed. Default false. */
  isStamped?: boolean;
}>;
