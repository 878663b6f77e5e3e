/** Silences as they leave the program: text for times. */
import { timestampText } from './entry-record.ts';
import type { Silence, SilenceRecord } from './silence.ts';

export function silenceRecordOf({ id, query, fromUs, untilUs, who, why }: Silence): SilenceRecord {
  return { id, query, from: timestampText(fromUs), until: timestampText(untilUs), who, why };
}
