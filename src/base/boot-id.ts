/** Which boot of the machine this is: what happened in another one lies before a clock that began anew. */
import { readFileSync } from 'node:fs';

const BOOT_ID_PATH = '/proc/sys/kernel/random/boot_id';
/** Set by the unit of the service, which is shown of `/proc` only what is about processes: `%b`, without hyphens. */
const BOOT_ID_VARIABLE = 'LOGSTEAD_BOOT_ID';

/** Names this boot of the machine. Empty where nobody tells: then all of them are one. */
export function bootId(): string {
  try {
    return readFileSync(BOOT_ID_PATH, 'utf8').trim();
  } catch {
    const id = process.env[BOOT_ID_VARIABLE] ?? '';
    return id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, '$1-$2-$3-$4-$5');
  }
}
