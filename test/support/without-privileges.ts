/** Run as a user whom file permissions hold back: root may read and write everything. */

/** `nobody` on Debian and most others; any number that owns nothing would do. */
const NOBODY = 65_534;

export function withoutPrivileges(work: () => void): void {
  if (process.getuid?.() !== 0) {
    work();
    return;
  }
  process.seteuid?.(NOBODY);
  try {
    work();
  } finally {
    process.seteuid?.(0);
  }
}
