/**
 * Fields of a log line made plain: what any value becomes before it is printed.
 *
 * Nothing in here throws and nothing grows without limit: depth, items and text are cut, and say so.
 * Getters are not called on foreign objects other than errors and plain records.
 */
import { OperatorError } from './errors.ts';
import { escapeText } from './escape.ts';
import { Secret } from './secret.ts';

/** What happened, as data. An error goes under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Deeper is a data structure, not a field. */
const DEPTH_MAX = 6;
const ITEMS_MAX = 50;
/** A longer text (a log line in an error message) would bury what the log line says. */
const TEXT_CHARACTERS_MAX = 8_192;

export function plainFields(fields: LogFields): Record<string, unknown> {
  return plainRecord(fields, 0);
}

function plainField(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return cut(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '(function)';
    case 'object':
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (value instanceof Secret) return value.toString();
  if (depth >= DEPTH_MAX) return '(deeper than shown)';
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (value instanceof Map) return plainRecord(Object.fromEntries(value), depth);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value];
    const shown = items.slice(0, ITEMS_MAX).map((item) => plainField(item, depth + 1));
    return items.length > ITEMS_MAX ? [...shown, `(${items.length - ITEMS_MAX} more)`] : shown;
  }
  return plainRecord(value, depth);
}

function plainRecord(value: object, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value).slice(0, ITEMS_MAX)) {
    if (item !== undefined) plain[key] = plainField(item, depth + 1);
  }
  return plain;
}

/** An operator's error explains itself; for any other the stack says where it came from. */
function plainError(error: Error, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = { type: error.name, message: cut(error.message) };
  if ('code' in error && error.code !== undefined) plain.code = plainField(error.code, depth + 1);
  if (error instanceof OperatorError) {
    if (error.hint !== undefined) plain.hint = cut(error.hint);
  } else if (typeof error.stack === 'string') {
    plain.stack = cut(error.stack);
  }
  if (error.cause !== undefined) plain.cause = plainField(error.cause, depth + 1);
  return plain;
}

function cut(text: string): string {
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  const more = text.length - TEXT_CHARACTERS_MAX;
  return `${text.slice(0, TEXT_CHARACTERS_MAX)}… (${more} more characters)`;
}

/** Keys that the pretty style prints otherwise, or not at all. */
const KEYS_APART = new Set(['level', 'priority', 'time', 'message', 'error']);

/** A line for a terminal: message, `key=value` tails, and below them the error with its causes. Escaped. */
export function prettyMessage(record: Readonly<Record<string, unknown>>): string {
  let line = escapeText(String(record.message ?? ''));
  for (const [key, value] of Object.entries(record)) {
    if (!KEYS_APART.has(key)) line += ` ${escapeText(key)}=${prettyValue(value)}`;
  }
  return line + prettyError(record.error, '\n  error: ');
}

function prettyValue(value: unknown): string {
  const isBare = typeof value === 'string' && /^[^\s"=]+$/.test(value);
  return escapeText(isBare ? value : (JSON.stringify(value) ?? ''));
}

function prettyError(error: unknown, opening: string): string {
  if (error === undefined) return '';
  if (typeof error !== 'object' || error === null) return opening + escapeText(String(error));
  const { message, code, hint, stack, cause } = error as Readonly<Record<string, unknown>>;
  let text = opening + escapeText(String(message ?? ''));
  if (code !== undefined) text += ` (${escapeText(String(code))})`;
  if (hint !== undefined) text += `\n  hint: ${escapeText(String(hint))}`;
  if (stack !== undefined) {
    const frames = String(stack).split('\n    at ').slice(1);
    text += frames.map((frame) => `\n    at ${escapeText(frame.trim())}`).join('');
  }
  return text + prettyError(cause, '\n  caused by: ');
}
