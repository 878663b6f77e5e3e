/** What the daemon tells people about itself, as notifications. */
import { hostname } from 'node:os';
import { formatBytes, formatBytesExact } from '../base/byte-size.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Settings } from '../config/settings.ts';
import type { Damage } from '../engine/open-segments.ts';
import type { Notification } from '../model/notification.ts';
import type { Loss } from '../watch/ledger.ts';
import type { Trouble } from './commit-trouble.ts';
import type { PressureChange, PressureStep } from './pressure.ts';

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

/** A segment of the index turned out damaged: what was in it is found no more. */
export function damageNotification(
  { segment, reason }: Damage,
  settings: Settings,
  nowMs: number,
): Notification {
  const { number, file, rowCount, minUs, maxUs } = segment;
  const entries = formatCounted(rowCount, 'entry', 'entries');
  const [from, to] = [minUs, maxUs].map((us) => new Date(us / 1_000).toISOString());
  const name = file === null ? `number ${number}` : `"${file}"`;
  return {
    key: `segment:${number}:${nowMs}`,
    channels: settings.notify.failure,
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: 'high',
      title: `A segment of the index is damaged: ${entries} cannot be found any more`,
      text:
        `Segment ${name} was set aside, with ${entries} from ${from} to ${to}: ${reason}. The rest keeps answering. ` +
        '"logstead import FILE", for each log file and archive that may have had them, brings in those that are missing.',
      host: hostname(),
    },
  };
}

/** Commits have not worked for a while: neither search nor a rule has seen what was logged since. */
export function troubleNotification(
  { message, sinceMs }: Trouble,
  settings: Settings,
  nowMs: number,
): Notification {
  const since = new Date(sinceMs).toISOString();
  return {
    key: `commits:${sinceMs}`,
    channels: settings.notify.failure,
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: 'critical',
      title: 'Nothing could be committed for a minute or more',
      text:
        `Since ${since} nothing of what is logged came into the index of "${settings.paths.stateDir}": ${message}. ` +
        'Reading rests until it works again and goes on by itself, rules with it; "logstead status" says whether it does.',
      host: hostname(),
    },
  };
}

const PRESSURE_TEXTS: Readonly<Record<PressureStep, string>> = {
  calm: 'Everything goes on as usual.',
  warn: 'Nothing is changed yet.',
  compact: 'Small segments are merged at once.',
  shorten: 'Entries of the cheapest levels leave the index early, those of archived files only.',
  rest: 'Nothing is read until there is more; the files stay where they are, and search goes on.',
};

export function pressureTitle({ to }: PressureChange): string {
  return to === 'calm' ? 'The disk has room again' : `The disk is short of space: step "${to}"`;
}

/** The disk of the index has come to another step of the ladder, up or down. */
export function pressureNotification(
  change: PressureChange,
  settings: Settings,
  nowMs: number,
): Notification {
  const { to, freeBytes, freeBytesMin } = change;
  const { stateDir } = settings.paths;
  const free = `${formatBytes(freeBytes)} are free on the disk of "${stateDir}"`;
  return {
    key: `disk:${to}:${nowMs}`,
    channels: settings.notify.failure,
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: to === 'rest' ? 'critical' : 'high',
      title: pressureTitle(change),
      text: `${free}; ${formatBytes(freeBytesMin)} must stay free. ${PRESSURE_TEXTS[to]}`,
      host: hostname(),
    },
  };
}
