/** How many files and sockets this process may have open at a time. */
import { readFileSync } from 'node:fs';

/** What systems allow that do not say. */
const LIMIT_DEFAULT = 1_024;

export function descriptorLimit(): number {
  let limits: string;
  try {
    limits = readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return LIMIT_DEFAULT;
  }
  const soft = /^Max open files +(\S+)/m.exec(limits)?.[1];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? LIMIT_DEFAULT);
}
