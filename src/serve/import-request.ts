/** What `logstead import` may ask of the daemon over the control socket, checked: it comes from another process. */
import { isAbsolute } from 'node:path';
import { OperatorError } from '../base/errors.ts';
import type { ImportRequest } from '../ingest/import-jobs.ts';

const TAGS_MAX = 100;
const TEXT_CHARACTERS_MAX = 4_096;

export function importRequestOf(args: unknown): ImportRequest {
  const { path, source, tags, format, timezone, again } = Object(args) as Record<string, unknown>;
  const isValid =
    isText(path) &&
    isAbsolute(path) &&
    isText(source) &&
    Array.isArray(tags) &&
    tags.length <= TAGS_MAX &&
    // Entries hold theirs as lines.
    tags.every((tag) => isText(tag) && !tag.includes('\n')) &&
    (format === null || isText(format)) &&
    isText(timezone) &&
    typeof again === 'boolean';
  if (isValid) return { path, source, tags: tags as string[], format, timezone, again };
  throw new OperatorError(
    'DAEMON_REFUSED',
    'Cannot import: the request needs path (absolute), source, tags (of one line each), format, timezone and again',
  );
}

export function importIdOf(args: unknown): number {
  const { id } = Object(args) as Record<string, unknown>;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new OperatorError(
    'DAEMON_REFUSED',
    'Cannot tell how an import is: the request needs its id',
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_CHARACTERS_MAX;
}
