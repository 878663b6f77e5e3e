/** The name under which the entries of this machine are known, here and on a cluster: `[clickhouse] host`, else its own. */
import { hostname } from 'node:os';
import type { ClickHouseSettings } from './settings.ts';

export function machineNameOf({
  clickhouse,
}: Readonly<{ clickhouse: Pick<ClickHouseSettings, 'host'> | null }>): string {
  return clickhouse?.host ?? hostname();
}
