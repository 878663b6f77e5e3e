/** Which program this is, and where it lies: from its package file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type PackageFile = Readonly<{ version: string; description: string }>;

/** `src/base/` and, in the published package, `dist/base/` are both two folders below it. */
const packageFile = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as PackageFile;

export const VERSION = packageFile.version;
export const DESCRIPTION = packageFile.description;
/** The folder of the clone or of the installed package. */
export const PROGRAM_FOLDER = fileURLToPath(new URL('../..', import.meta.url));
