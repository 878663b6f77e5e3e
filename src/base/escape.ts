/**
 * Text from outside (log lines, file names, config, requests, mail replies) made safe for one destination each.
 *
 * - What a reader cannot see or what moves other text (controls, escape sequences, bidirectional marks,
 *   zero-width and other invisible characters) is shown as its code, `\x1b` or `\u202e`, never dropped: a
 *   hostile line cannot pass for a harmless one. Emoji stay, but for joiners inside them.
 * - Nothing here throws; lone surrogates become U+FFFD.
 * - JSON keeps the text: what is hidden is written in JSON's own way, which means the same to every parser.
 */

/** What is shown as its code, as ranges of code points. U+FE0E and U+FE0F, which choose between text and emoji, stay. */
const HIDDEN_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f], // C0 controls, ESC among them
  [0x7f, 0x9f], // DEL and C1 controls
  [0xad, 0xad], // soft hyphen
  [0x34f, 0x34f], // grapheme joiner
  [0x61c, 0x61c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180b, 0x180f], // Mongolian selectors
  [0x200b, 0x200f], // zero-width spaces and joiners, directional marks
  [0x2028, 0x202e], // line and paragraph separators, embeddings, overrides
  [0x2060, 0x206f], // invisible operators, isolates, deprecated format characters
  [0x3164, 0x3164], // Hangul filler
  [0xfe00, 0xfe0d], // variation selectors
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // halfwidth Hangul filler
  [0xfff9, 0xfffb], // interlinear annotations
  [0x1bca0, 0x1bca3], // shorthand format controls
  [0x1d173, 0x1d17a], // musical format controls
  [0xe0000, 0xe0fff], // tags, more variation selectors
];

const HIDDEN = new RegExp(
  `[${HIDDEN_RANGES.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')}]`,
  'gu',
);

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

function codeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/** One line of plain text: everything hidden is shown, line breaks and tabs too. */
export function escapeLine(text: string): string {
  return text
    .toWellFormed()
    .replace(HIDDEN, (character) => SHORT_NAMES[character] ?? codeOf(character));
}

/** Plain text that may have several lines (a stack trace): as `escapeLine`, but `\n` stays and a tab is four spaces. */
export function escapeText(text: string): string {
  return text.toWellFormed().replace(HIDDEN, (character) => {
    if (character === '\n') return '\n';
    return character === '\t' ? '    ' : (SHORT_NAMES[character] ?? codeOf(character));
  });
}

/** One line for a terminal. Tabs become four spaces, so that columns can be counted. */
export function escapeTerminal(text: string): string {
  return text.toWellFormed().replace(HIDDEN, (character) => {
    return character === '\t' ? '    ' : (SHORT_NAMES[character] ?? codeOf(character));
  });
}

/** A value as one line of JSON that is safe to look at. `JSON.stringify` by itself escapes C0 controls only. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, jsonCodeOf);
}

/** The same over several lines, for people who look into it. */
export function jsonPage(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(HIDDEN, (character) =>
    character === '\n' ? '\n' : jsonCodeOf(character),
  );
}

function jsonCodeOf(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at += 1) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return text;
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** HTML text, or an attribute value inside quotes. Not for URLs, scripts or styles: those never hold foreign text. */
export function escapeHtml(text: string): string {
  return escapeText(text).replace(/[&<>"'`]/g, (character) => HTML_ENTITIES[character]!);
}

/** Longest header text we send: well inside what mail servers take as one logical line. */
const HEADER_CHARACTERS_MAX = 500;

/** The value of a mail header (a subject, a display name): one line, so nothing in it starts another header. */
export function escapeMailHeader(text: string): string {
  const line = escapeLine(text.replace(/[\r\n\t]+/g, ' ')).trim();
  return cutTo(line, HEADER_CHARACTERS_MAX);
}

/** One CSV field, its tabs as they are. What a spreadsheet would run as a formula gets a `'` before it; numbers stay numbers. */
export function escapeCsvField(text: string): string {
  const plain = text.toWellFormed().replace(HIDDEN, (character) => {
    if (character === '\n' || character === '\t') return character;
    return SHORT_NAMES[character] ?? codeOf(character);
  });
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(plain);
  const runs = /^[\s]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/.test(plain) && !isNumber;
  const guarded = runs ? `'${plain}` : plain;
  return /[",;\n\t]|^\s|\s$|^'/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** File systems allow 255 bytes a name; other parts (status, time, counter, extension) need room too. */
const FILE_NAME_PART_BYTES_MAX = 120;

/**
 * A part of a file name: letters, digits, `.`, `_` and `-`; anything else becomes `_`. Never empty, never
 * starts with `.` or `-`. Different texts may give the same part: callers never overwrite.
 */
export function escapeFileNamePart(text: string): string {
  const plain = text
    .toWellFormed()
    .normalize('NFC')
    .replace(HIDDEN, '_')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_')
    .replace(/^[._-]+/, '_');
  let part = '';
  let bytesLength = 0;
  for (const character of plain) {
    bytesLength += Buffer.byteLength(character);
    if (bytesLength > FILE_NAME_PART_BYTES_MAX) break;
    part += character;
  }
  return part === '' ? '_' : part;
}

function cutTo(text: string, charactersMax: number): string {
  const characters = Array.from(text);
  return characters.length <= charactersMax
    ? text
    : `${characters.slice(0, charactersMax - 1).join('')}…`;
}
