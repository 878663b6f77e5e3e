/** Whose rights this process has, and whether it can tell other users apart. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The user whose rights this process has; null where the system has none. */
export const OWN_USER: number | null = process.geteuid?.() ?? null;

/** Who asks, for people: with sudo whoever called it. A user of a container may have no name. */
export function ownName({ SUDO_USER = '' }: Readonly<Record<string, string | undefined>>): string {
  if (SUDO_USER !== '') return SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    return `user ${OWN_USER}`;
  }
}

const MAP_PATH = '/proc/self/uid_map';
/** All there are. */
const USER_COUNT = 2 ** 32 - 1;
/** What Linux shows in place of a user without a number, unless somebody has set another. */
const OVERFLOW_USER = 65_534;

/**
 * The number that every user has who has none here, because this process is in a user namespace of some users only, as with
 * `PrivateUsers=yes` of a service: two files that show it may be of one user or of two. Null: all users have numbers.
 */
export const UNTOLD_USER: number | null = mappedCount() < USER_COUNT ? OVERFLOW_USER : null;

/** `uid_map` has lines "first inside, first outside, how many"; user_namespaces(7). */
function mappedCount(): number {
  try {
    const lines = readFileSync(MAP_PATH, 'latin1').trim().split('\n');
    return lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
  } catch {
    return USER_COUNT; // No user namespaces in this system.
  }
}
