/** The version of this program, from its package file. */
import { readFileSync } from 'node:fs';

type PackageFile = Readonly<{ version: string; description: string }>;

/** `src/base/` and, in the published package, `dist/base/` are both two folders below it. */
const packageFile = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as PackageFile;

export const VERSION = packageFile.version;
export const DESCRIPTION = packageFile.description;
