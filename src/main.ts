/** The process edge: argv → command → exit code. */
import { readFileSync } from 'node:fs';

const packageFile = new URL('../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

process.stderr.write(`logstead ${version}\nUsage: logstead COMMAND [--config FILE]\n`);
process.exitCode = 2;
