/** What to say where nothing was found of a text that looks as if a field had been meant: `status=404`. */
import { printFilter } from '../query/print-query.ts';
import type { Filter } from '../query/query-tree.ts';

/** A text as logs write a field, which is why it is looked for as that. */
const WRITTEN_FIELD = /^([\p{L}_@][\p{L}\p{M}\p{N}_./$-]*)=([^=\s]+)$/u;

/** A sentence about the first of them that is asked for; null: there is none. */
export function fieldHint(filter: Filter): string | null {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const part of filter.parts) {
        const hint = fieldHint(part);
        if (hint !== null) return hint;
      }
      return null;
    case 'text':
      return filter.test.kind === 'phrase' ? hintFor(filter.test.text) : null;
    default:
      return null;
  }
}

function hintFor(text: string): string | null {
  const [, key, value] = WRITTEN_FIELD.exec(text) ?? [];
  if (key === undefined || value === undefined) return null;
  return `"${text}" was looked for as text; for a field write ${printFilter(meant(key, value))}`;
}

function meant(key: string, value: string): Filter {
  if (key === 'source' || key === 'file' || key === 'tag') return { kind: key, pattern: value };
  return { kind: 'field', key, test: { kind: 'equals', value } };
}
