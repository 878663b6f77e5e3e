/**
 * Writes `config/config.ini` and the settings table of README.md anew from the declaration:
 * `npm exec -- node test/support/write-documents.ts`. `test/unit/config/documents.test.ts` fails where they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedConfig, withSettingsTable } from '../../src/config/config-template.ts';

const project = join(import.meta.dirname, '../..');
writeFileSync(join(project, 'config/config.ini'), shippedConfig());

const readmePath = join(project, 'README.md');
const readme = withSettingsTable(readFileSync(readmePath, 'utf8'));
if (readme === null) throw new Error('README.md has no settings markers');
writeFileSync(readmePath, readme);
