/** What `trace` prints for people. */
import { formatBytes } from '../base/byte-size.ts';
import { escapeLine } from '../base/escape.ts';
import { formatCount } from '../base/number-text.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Span } from '../watch/ledger.ts';
import type { GenerationFate } from '../watch/ledger-lookup.ts';
import type { PlaceFate } from './trace.ts';

type FileFate = GenerationFate & Readonly<{ archivePath: string | null }>;

/** Spans told one by one; a file full of holes has more of them than a screen has lines. */
const SPANS_SHOWN_MAX = 10;
/** One more than the longest name, `not committed`. */
const NAME_WIDTH = 14;

/** Every generation of a file, newest first. */
export function fileText(fates: readonly FileFate[]): string {
  return fates.map((fate) => `${linesOf(fate).join('\n')}\n`).join('\n');
}

function linesOf(fate: FileFate): string[] {
  const { number, path, firstPath, source, state, encoding, skipReason, packed, spans } = fate;
  const { startOffset, committedOffset, sizeBytes, archivePath } = fate;
  const leftOut = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const indexed = skipReason === null ? Math.max(0, committedOffset - startOffset - leftOut) : 0;
  return [
    `Generation ${number}: ${escapeLine(path)}`,
    ...(firstPath === path ? [] : [fact('before', escapeLine(firstPath))]),
    fact('state', skipReason === null ? state : `${state}, ${escapeLine(skipReason)}`),
    fact('source', `${escapeLine(source)}, ${encoding}${packed === null ? '' : `, ${packed}`}`),
    fact('indexed', `${formatBytes(indexed)} of ${formatBytes(sizeBytes)}`),
    ...(startOffset > 0
      ? [fact('begins at', `${formatCount(startOffset)}: it was longer when it was first seen`)]
      : []),
    ...spans.slice(0, SPANS_SHOWN_MAX).map(spanText),
    ...(spans.length > SPANS_SHOWN_MAX
      ? [fact('', `and ${formatCount(spans.length - SPANS_SHOWN_MAX)} more`)]
      : []),
    fact('first seen', timeText(fate.firstSeenAtMs)),
    fact('last read', timeText(fate.lastReadAtMs)),
    ...(fate.endedAtMs === null ? [] : [fact('ended', timeText(fate.endedAtMs))]),
    ...(archivePath === null ? [] : [fact('archived', escapeLine(archivePath))]),
  ];
}

function spanText({ kind, start, end, reason, atMs }: Span): string {
  const place =
    kind === 'gap' ? `at ${formatCount(start)}` : `${formatCount(start)}–${formatCount(end)}`;
  return fact(kind, `${place}: ${escapeLine(reason)} (${timeText(atMs)})`);
}

/** One line of a file. */
export function placeText(found: PlaceFate): string {
  const { generation, path, state, line, offsetBytes, archivePath } = found;
  const place =
    line === null ? `offset ${formatCount(offsetBytes ?? 0)}` : `line ${formatCount(line)}`;
  const head = `${place} of ${escapeLine(path)} (generation ${generation}, ${state})`;
  const archived = archivePath === null ? [] : [fact('archived', escapeLine(archivePath))];
  return `${[head, ...placeFacts(found), ...archived].join('\n')}\n`;
}

function placeFacts(found: PlaceFate): string[] {
  switch (found.fate) {
    case 'indexed':
      return indexedFacts(found);
    case 'skipped':
    case 'lost':
      return [fact(found.fate, `${escapeLine(found.reason)} (${timeText(found.atMs)})`)];
    default:
      return [fact(found.fate, escapeLine(found.reason))];
  }
}

function indexedFacts(found: Extract<PlaceFate, { fate: 'indexed' }>): string[] {
  const { entry, format, segment, committedAtMs, rules } = found;
  const { offsetBytes, lengthBytes } = entry.origin;
  const { timestampKind, timestampUs, level, severity, source, message } = entry;
  return [
    fact('bytes', `${formatCount(offsetBytes)}–${formatCount(offsetBytes + lengthBytes)}`),
    fact(
      'committed',
      `${timeText(committedAtMs)}, in segment ${segment}, number ${formatCount(entry.sequence)}`,
    ),
    fact('parsed as', `${format}, ${level ?? 'no level'} (severity ${severity})`),
    fact('timestamp', `${timestampText(timestampUs)}, ${timestampKind}`),
    fact('source', escapeLine(source)),
    fact('message', escapeLine(message.split('\n', 1)[0] ?? '')),
    ...Object.entries(entry.metadata).map(([key, value]) =>
      fact(
        'field',
        `${escapeLine(key)}=${escapeLine(typeof value === 'string' ? value : JSON.stringify(value))}`,
      ),
    ),
    fact('rules', rules.length === 0 ? 'none' : rules.map(escapeLine).join(', ')),
  ];
}

function fact(name: string, text: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${text}`;
}

function timeText(atMs: number): string {
  return timestampText(Math.floor(atMs) * 1000);
}
