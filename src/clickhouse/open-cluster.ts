/** A reader of the cluster that the config names. */
import type { Clock } from '../base/clock.ts';
import { clusterAccess, type Engines } from './cluster-access.ts';
import { ClusterReader } from './cluster-reader.ts';

export function openClusterReader(
  settings: Engines,
  { clock, withRaw }: Readonly<{ clock: Clock; withRaw: boolean }>,
): ClusterReader {
  const cluster = clusterAccess(settings, 'clickhouse')!;
  return new ClusterReader({ clock, ...cluster, withRaw });
}
