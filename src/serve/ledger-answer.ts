/** What the ledger says of one file, generation by generation: for whoever asks where its bytes went. */
import { timestampText } from '../model/entry-record.ts';
import type { Span } from '../watch/ledger.ts';
import { fatesOf, type GenerationFate } from '../watch/ledger-lookup.ts';
import type { Answering } from './asked-request.ts';
import type { LedgerAnswer, LedgerGeneration, LedgerQuestion } from './questions.ts';

/** Spans of a generation told one by one; the sums are of all. A file full of holes has more than anybody reads. */
const SPANS_MAX = 20;

/** Only the ledger is asked: a path in an address opens no file. */
export function answerLedger({ database }: Answering, { path }: LedgerQuestion): LedgerAnswer {
  const fates = fatesOf(database, { path, key: null });
  return fates.length === 0 ? null : { generations: fates.map(generationOf) };
}

function generationOf(fate: GenerationFate): LedgerGeneration {
  const { number, path, firstPath, source, state, skipReason, packed, spans, endedAtMs } = fate;
  const readBytes = Math.max(0, fate.committedOffset - fate.startOffset);
  const skippedBytes = sumOf(spans, 'skipped');
  const lostBytes = sumOf(spans, 'lost');
  return {
    ...{ number, path, firstPath, source, state, skipReason, packed },
    sizeBytes: fate.sizeBytes,
    startOffset: fate.startOffset,
    readBytes,
    indexedBytes: skipReason === null ? Math.max(0, readBytes - skippedBytes - lostBytes) : 0,
    skippedBytes,
    lostBytes,
    firstSeenAt: timestampText(fate.firstSeenAtMs * 1_000),
    lastReadAt: timestampText(fate.lastReadAtMs * 1_000),
    endedAt: endedAtMs === null ? null : timestampText(endedAtMs * 1_000),
    spanCount: spans.length,
    spans: spans.slice(-SPANS_MAX).map(({ kind, start, end, reason, atMs }) => {
      return { kind, start, end, reason, at: timestampText(atMs * 1_000) };
    }),
  };
}

function sumOf(spans: readonly Span[], asked: Span['kind']): number {
  return spans.reduce((sum, { kind, start, end }) => sum + (kind === asked ? end - start : 0), 0);
}
