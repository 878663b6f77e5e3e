/** The id of an incident: the same in every life of the same lines. */
import { createHash } from 'node:crypto';

const ID_DIGITS = 16;

export type Birth = Readonly<{
  group: string;
  /** Arrival number of the line that announced it. */
  sequence: number;
  /** Which of the incidents of this group announced at that line. */
  ordinal: number;
}>;

export function incidentIdOf(ruleKey: string, { group, sequence, ordinal }: Birth): string {
  const text = JSON.stringify([ruleKey, group, sequence, ordinal]);
  return createHash('sha256').update(text).digest('hex').slice(0, ID_DIGITS);
}
