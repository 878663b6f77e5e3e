/** Which boot of the machine this is: what happened in another one lies before a clock that began anew. */
import { readFileSync } from 'node:fs';

const BOOT_ID_PATH = '/proc/sys/kernel/random/boot_id';

/** Names this boot of the machine. Empty where the system does not tell: then all of them are one. */
export function bootId(): string {
  try {
    return readFileSync(BOOT_ID_PATH, 'utf8').trim();
  } catch {
    return '';
  }
}
