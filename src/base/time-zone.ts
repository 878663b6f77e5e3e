/**
 * `TZ` as programs may have it → the name of a time zone, which is all that V8 understands.
 *
 * Of a file (`:/etc/localtime`) or a fixed offset (`JST-9`) it makes a zone without a name, or UTC, and winter all year.
 */
import { realpathSync } from 'node:fs';

const MACHINE_ZONE_FILE = '/etc/localtime';

/** Null: that of the machine, which V8 finds out itself. Undefined: no name stands for it. */
export function zoneNameOf(tz: string): string | null | undefined {
  const text = tz.replace(/^:/, '');
  if (text.startsWith('/')) return zoneOfFile(text);
  const name = text.replace(/^(?:posix|right)\//, '');
  if (/^[A-Za-z]/.test(name) && canonicalZone(name) !== null) return name;
  // As POSIX has it, and so have the names: west of Greenwich is plus.
  const offset = /^(?:[A-Za-z]{3,}|<[\w+-]{3,}>)([+-]?)0?(\d{1,2})(?::00)?$/.exec(text);
  if (offset === null) return undefined;
  const fixed = `Etc/GMT${offset[1] === '-' ? '-' : '+'}${offset[2]}`;
  return canonicalZone(fixed) === null ? undefined : fixed;
}

function zoneOfFile(path: string): string | null | undefined {
  if (path === MACHINE_ZONE_FILE) return null;
  try {
    return zoneOfPath(realpathSync(path)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Of a path into the system's database, by the name that programs use for it. Null: it is none. */
export function zoneOfPath(path: string): string | null {
  const name = /zoneinfo\/(?:(?:posix|right)\/)?(.+)$/.exec(path)?.[1];
  return name === undefined ? null : canonicalZone(name);
}

/** A zone has several names: `Asia/Kolkata`, `Asia/Calcutta`. Null: not known. */
function canonicalZone(timeZone: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
