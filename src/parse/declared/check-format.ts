/** Whether a declared format can be used: its pattern, and the line that it is said to fit. */
import { ColumnNames, EntryColumns, FLAG } from '../../model/entry-columns.ts';
import { FileParser } from '../file-parser.ts';
import { compilePattern, type FormatDeclaration } from './declared-format.ts';
import { PatternError } from './pattern-error.ts';

export type FormatProblem = Readonly<{ key: 'pattern' | 'sample'; message: string }>;

export function checkFormat(
  declaration: FormatDeclaration,
  sample: string | null,
): FormatProblem | null {
  try {
    compilePattern(declaration.pattern);
  } catch (thrown) {
    if (!(thrown instanceof PatternError)) throw thrown;
    return { key: 'pattern', message: `column ${thrown.column}: ${thrown.message}` };
  }
  return sample === null ? null : checkSample(declaration, sample);
}

function checkSample(declaration: FormatDeclaration, sample: string): FormatProblem | null {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, {
    source: 'sample',
    path: 'sample',
    tags: [],
    format: declaration.name,
    declared: declaration,
    timezone: 'UTC',
    encoding: 'utf-8',
    multiline: 'off',
    generation: 0,
    fileTimeMs: Date.UTC(2026, 0, 1),
  });
  const line = Buffer.from(`${sample}\n`);
  parser.push(columns, line, 0, line.length, 0);
  parser.flush(columns);
  if (columns.names.formats.valueOf(columns.format[0]!) !== declaration.name) {
    return { key: 'sample', message: 'the pattern does not fit this line' };
  }
  const namesTime = /[:<](?:@?timestamp|time|ts|datetime|date)[}>:]/i.test(declaration.pattern);
  if (namesTime && (columns.flags[0]! & FLAG.TIMESTAMP_NONE) !== 0) {
    return { key: 'sample', message: 'the time in this line is not understood' };
  }
  return null;
}
