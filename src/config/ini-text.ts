/**
 * Config text → sections, keys and values exactly as written, each with its line. The door to `ini`.
 *
 * The package `ini` alters what it reads: it drops quotes, cuts at `#` and `;`, turns `true` into a boolean,
 * nests section names at dots, makes arrays of `key[]`, drops `__proto__`, and lets the last duplicate
 * win. So names and values are percent-encoded line by line before it reads them and decoded after; what
 * encoding cannot express (duplicates, lines that are neither section nor setting) is refused with its line.
 *
 * - A comment is a line that begins with `#` or `;`. Nothing behind a value is a comment.
 * - Blanks around names and values are not part of them. Lines end with LF or CRLF; a BOM is skipped.
 */
import { parse } from 'ini';
import { assert } from '../base/assert.ts';
import type { Mistake } from './mistakes.ts';

export type IniEntry = Readonly<{ key: string; value: string; line: number }>;
export type IniSection = Readonly<{ name: string; line: number; entries: readonly IniEntry[] }>;
export type IniText = Readonly<{ sections: readonly IniSection[]; mistakes: readonly Mistake[] }>;

type FoundSection = Readonly<{ name: string; line: number; keyLines: Map<string, number> }>;

export function readIniText(text: string): IniText {
  const scan = scanLines(text.startsWith('\ufeff') ? text.slice(1) : text);
  const parsed: unknown = parse(scan.encodedLines.join('\n'));
  const sections = Array.from(scan.sections.values(), ({ name, line, keyLines }) => {
    const values = memberOf(parsed, encode(name));
    const entries = Array.from(keyLines, ([key, keyLine]) => {
      const value = memberOf(values, encode(key));
      assert(typeof value === 'string', 'ini reads every encoded setting as text');
      return { key, value: decodeURIComponent(value.slice(VALUE_MARK.length)), line: keyLine };
    });
    return { name, line, entries };
  });
  return { sections, mistakes: scan.mistakes };
}

type Scan = {
  sections: Map<string, FoundSection>;
  encodedLines: string[];
  mistakes: Mistake[];
};

function scanLines(text: string): Scan {
  const scan: Scan = { sections: new Map(), encodedLines: [], mistakes: [] };
  /** Null before the first section; of a refused section the settings are read and thrown away. */
  let current: FoundSection | null = null;
  for (const [index, rawLine] of text.split('\n').entries()) {
    const line = index + 1;
    const content = trimBlanks(rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine);
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const problem = problemOf(content);
    if (problem !== null) {
      const isSection = content.startsWith('[');
      const section = isSection ? null : (current?.name ?? null);
      scan.mistakes.push(lineMistake({ line, section, problem }));
      if (isSection) current = refusedSection(content, line);
    } else if (content.startsWith('[')) {
      current = scanSection(scan, trimBlanks(content.slice(1, -1)), line);
    } else {
      scanSetting(scan, current, { content, line });
    }
  }
  return scan;
}

/** Characters that no name or value has: controls but the tab, and halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/u;

function problemOf(content: string): string | null {
  const forbidden = FORBIDDEN.exec(content);
  if (forbidden !== null) {
    const code = forbidden[0].codePointAt(0)!.toString(16).padStart(4, '0').toUpperCase();
    return `the line holds the character U+${code}, which a config cannot have`;
  }
  if (content.startsWith('[')) {
    return /^\[[^[\]]*\]$/.test(content)
      ? null
      : 'a section is its name in brackets, alone on a line';
  }
  const equalsAt = content.indexOf('=');
  if (equalsAt < 0) return 'the line is neither `[section]` nor `key = value`';
  return equalsAt === 0 ? 'a name is missing before `=`' : null;
}

function scanSection(scan: Scan, name: string, line: number): FoundSection {
  const first = scan.sections.get(name);
  const found: FoundSection = { name, line, keyLines: new Map() };
  if (first !== undefined) {
    const problem = `the section is there twice, first on line ${first.line}`;
    scan.mistakes.push(lineMistake({ line, section: name, problem }));
    return found;
  }
  scan.sections.set(name, found);
  scan.encodedLines.push(`[${encode(name)}]`);
  return found;
}

/** Its settings belong to nothing: they are neither those of the section before, nor a mistake of their own. */
function refusedSection(content: string, line: number): FoundSection {
  const [name = ''] = content.slice(1).split(/[[\]]/);
  return { name: trimBlanks(name), line, keyLines: new Map() };
}

function scanSetting(
  scan: Scan,
  current: FoundSection | null,
  { content, line }: Readonly<{ content: string; line: number }>,
): void {
  const equalsAt = content.indexOf('=');
  const key = trimBlanks(content.slice(0, equalsAt));
  const section = current?.name ?? null;
  if (current === null) {
    const problem = 'the setting stands before the first section';
    scan.mistakes.push(lineMistake({ line, section, key, problem }));
    return;
  }
  if (scan.sections.get(current.name) !== current) return;
  const firstLine = current.keyLines.get(key);
  if (firstLine !== undefined) {
    const problem = `the setting is there twice, first on line ${firstLine}; a list goes on one line, with commas`;
    scan.mistakes.push(lineMistake({ line, section, key, problem }));
    return;
  }
  current.keyLines.set(key, line);
  const value = trimBlanks(content.slice(equalsAt + 1));
  scan.encodedLines.push(`${encode(key)}=${VALUE_MARK}${encode(value)}`);
}

/** Before every encoded value: `ini` would turn a whole `true`, `false` or `null` into something else. */
const VALUE_MARK = ':';

/** Letters, digits, `-` and `:` stay; all else is percent-encoded, dots and underscores too (`__proto__`). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[^A-Za-z0-9%:-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Not `trim()`: it takes no-break spaces and other characters that are part of a value. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function memberOf(record: unknown, name: string): unknown {
  assert(typeof record === 'object' && record !== null, 'ini reads every encoded section');
  return (record as Readonly<Record<string, unknown>>)[name];
}

function lineMistake(
  mistake: Readonly<{ line: number; section: string | null; key?: string; problem: string }>,
): Mistake {
  return { key: null, allowed: null, given: null, suggestion: null, hint: null, ...mistake };
}
