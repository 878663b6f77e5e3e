/** The name under which the entries of this machine are known, here and on a cluster: `[clickhouse] host`, else its own. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { readConfigBytes } from './config-file.ts';
import { readIniText } from './ini-text.ts';
import type { ClickHouseSettings } from './settings.ts';

export function machineNameOf({
  clickhouse,
}: Readonly<{ clickhouse: Pick<ClickHouseSettings, 'host'> | null }>): string {
  return clickhouse?.host ?? hostname();
}

/** Without reading the rest of the config, for commands that only read. Throws CONFIG_UNREADABLE. */
export function readMachineName(configPath: string): string {
  const { sections } = readIniText(readConfigBytes(resolve(configPath)).toString('utf8'));
  const section = sections.find(({ name }) => name === 'clickhouse');
  const written = section?.entries.find(({ key }) => key === 'host')?.value;
  return written === undefined || written === '' ? hostname() : written;
}
