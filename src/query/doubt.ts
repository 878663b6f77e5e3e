/**
 * What a query that can be read may not mean: `status=404` and `took>500ms` are looked for as texts, `and` as a word. Said where
 * nothing was found, and of the rules in a config, which would wait for it for ever.
 */
import { levelNamed } from './parse-term.ts';
import { printFilter, quoted } from './print-query.ts';
import type { Filter } from './query-tree.ts';

/** A text as logs write a field, which is why it is looked for as that; in braces, as other languages select a stream. */
const WRITTEN_FIELD = /^\{?([\p{L}_@][\p{L}\p{M}\p{N}_./$-]*)=([^=\s{}]+)\}?$/u;

/** A number with a unit behind it, which no field is compared with. */
const WITH_UNIT = /^([\p{L}_@][\p{L}\p{M}\p{N}_./$-]*)([<>]=?)(\d+(?:\.\d+)?)[\p{L}%]+$/u;

/** As programs write that something is not. */
const NEGATED = /^!([\p{L}_][\p{L}\p{M}\p{N}_-]*)$/u;

/** Operators are in upper case. */
const OPERATORS: ReadonlySet<string> = new Set(['and', 'or']);

/** What stands between a field and its value, without blanks. */
const COMPARISONS = /^(?:==?|!=|[<>]=?)$/;

/** What stands so in other languages, before a regular expression and before values in parentheses. */
const MATCHES = /^[=!]?~$/;
const AMONG = /^in$/i;

/** Several values, not one number: `500,502`, and neither `1,234` nor `500,000`. */
const VALUES = /^[^,\s]+(?:,[^,\s]+)+$/;
const ONE_NUMBER = /^(?:\d{1,2}(?:,\d{3})+|\d{3}(?:,\d{3})*,0\d\d(?:,\d{3})*)$/;

/** A sentence about the first of them that is asked for; null: there is none. What `written` has in quotes is meant as it is. */
export function doubtOf(filter: Filter, written = ''): string | null {
  return doubtIn(filter, (text) => written.includes(quoted(text)));
}

/** The same of a word that is a level, which most lines say in their header. Only where nothing was found: texts have it as well. */
export function levelDoubtOf(filter: Filter): string | null {
  if (filter.kind === 'and' || filter.kind === 'or') {
    return filter.parts.map(levelDoubtOf).find((doubt) => doubt !== null) ?? null;
  }
  const text = textOf(filter);
  const level = levelNamed(text);
  if (level === undefined) return null;
  return `"${text}" is looked for as a word of the text; for entries of that level write level:${level.toLowerCase()}`;
}

function doubtIn(filter: Filter, isQuoted: (text: string) => boolean): string | null {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const part of filter.parts) {
        const doubt = doubtIn(part, isQuoted);
        if (doubt !== null) return doubt;
      }
      return filter.kind === 'and' ? operatorAmong(filter.parts, isQuoted) : null;
    case 'not':
      return doubtIn(filter.part, isQuoted);
    case 'text': {
      const { test } = filter;
      return test.kind === 'phrase' && !isQuoted(test.text) ? fieldDoubt(test.text) : null;
    }
    case 'field': {
      const { key, test } = filter;
      if (test.kind !== 'phrase' || isQuoted(test.text)) return null;
      const values = valuesOf(test.text);
      return values.length < 2
        ? null
        : `"${test.text}" is looked for as one text; ${anyOf(key, values)}`;
    }
    default:
      return null;
  }
}

function valuesOf(text: string): string[] {
  return VALUES.test(text) && !ONE_NUMBER.test(text) ? text.split(',') : [];
}

function anyOf(key: string, values: readonly string[]): string {
  return `for a field with one of these values write ${key}:(${values.join(' OR ')})`;
}

/** Between two others; as the first or last word it is none. */
function operatorAmong(
  parts: readonly Filter[],
  isQuoted: (text: string) => boolean,
): string | null {
  const texts = parts.map(textOf);
  for (const [before, text] of texts.slice(1, -1).entries()) {
    if (isQuoted(text)) continue;
    if (OPERATORS.has(text))
      return `"${text}" is looked for as a word, beside the others; the operator is ${text.toUpperCase()}`;
    const [name, value] = [texts[before], texts[before + 2]];
    if (AMONG.test(text) && name) {
      const values = listIn(parts[before + 2]!);
      if (values.length > 1) return `"${text}" is looked for as a word; ${anyOf(name, values)}`;
    }
    if (MATCHES.test(text) && name) {
      const negation = text.startsWith('!') ? '-' : '';
      return `"${text}" is looked for as text; for a field that a regular expression matches write ${negation}${name}:/…/`;
    }
    if (COMPARISONS.test(text) && name && value)
      return `"${text}" is looked for as text; for a field write ${name}${operatorOf(name, text)}${value}, without blanks`;
  }
  return null;
}

function textOf(part: Filter): string {
  return part.kind === 'text' && part.test.kind === 'phrase' ? part.test.text : '';
}

/** The values of `(500,502)` and of `(500, 502)`; none where it is no such list. */
function listIn(part: Filter): string[] {
  if (part.kind !== 'and') return valuesOf(textOf(part));
  const texts = part.parts.map(textOf);
  const isList = texts.slice(0, -1).every((text) => /[^,],$/.test(text));
  return isList ? texts.map((text) => text.replace(/,$/, '')) : [];
}

/** As it is written here; `=` is a part of texts. */
function operatorOf(name: string, written: string): string {
  if (written !== '=' && written !== '==') return written;
  return name === 'level' || isNamed(name) ? ':' : ':=';
}

function fieldDoubt(text: string): string | null {
  const [, excluded] = NEGATED.exec(text) ?? [];
  if (excluded !== undefined) {
    return `"${text}" is looked for as text; for entries without it write -${excluded}`;
  }
  const [, compared, operator, number] = WITH_UNIT.exec(text) ?? [];
  if (compared !== undefined) {
    return `"${text}" is looked for as text; a field is compared with a number, in the unit that it has: ${compared}${operator}${number}`;
  }
  const [, key, value] = WRITTEN_FIELD.exec(text) ?? [];
  if (key === undefined || value === undefined) return null;
  return `"${text}" is looked for as text; for a field write ${printFilter(meant(key, value))}`;
}

function meant(key: string, value: string): Filter {
  if (isNamed(key)) return { kind: key, pattern: value };
  return { kind: 'field', key, test: { kind: 'equals', value } };
}

function isNamed(key: string): key is 'source' | 'file' | 'tag' {
  return key === 'source' || key === 'file' || key === 'tag';
}
