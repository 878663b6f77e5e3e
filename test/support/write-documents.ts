/**
 * Writes `config/config.ini` and the settings table of README.md anew from the declaration, and the routes of
 * `src/serve/HTTP.md` from what requests are checked with: `npm exec -- node test/support/write-documents.ts`.
 * `test/unit/config/documents.test.ts` and `test/unit/serve/openapi.test.ts` fail where they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedConfig, withSettingsTable } from '../../src/config/config-template.ts';
import { withRoutes } from './http-reference.ts';
import { HttpScene } from './http-scene.ts';

const project = join(import.meta.dirname, '../..');
writeFileSync(join(project, 'config/config.ini'), shippedConfig());

const readmePath = join(project, 'README.md');
const readme = withSettingsTable(readFileSync(readmePath, 'utf8'));
if (readme === null) throw new Error('README.md has no settings markers');
writeFileSync(readmePath, readme);

const httpPath = join(project, 'src/serve/HTTP.md');
await using scene = await HttpScene.open([]);
const document = await scene.json('/api/openapi.json');
const page = withRoutes(readFileSync(httpPath, 'utf8'), document);
if (page === null) throw new Error('HTTP.md has no place for routes');
writeFileSync(httpPath, page);
