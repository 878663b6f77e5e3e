/** What the daemon tells people about itself, as notifications. */
import { hostname } from 'node:os';
import { formatBytesExact } from '../base/byte-size.ts';
import type { Settings } from '../config/settings.ts';
import type { Notification } from '../model/notification.ts';
import type { Loss } from '../watch/ledger.ts';

/** Bytes of a log file could not be read and are gone. Said once for each span of the ledger. */
export function lossNotification(loss: Loss, settings: Settings, nowMs: number): Notification {
  const bytes = formatBytesExact(loss.end - loss.start);
  return {
    key: `loss:${loss.generation}:${loss.start}`,
    channels: settings.notify.failure,
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: 'high',
      title: `Lost ${bytes} of ${loss.source}`,
      text: `${bytes} of "${loss.path}" could not be read, from byte ${loss.start} on: ${loss.reason}`,
      host: hostname(),
    },
  };
}
