/** Which settings of `[alert:NAME]` belong to which kinds, and which a kind cannot be without. */
import type { RuleKind } from '../model/incident.ts';
import type { SectionValues } from './declaration.ts';

type AlertKey = keyof SectionValues<'alert'>;

type KindKeys = Readonly<{
  /** Each of these, or one of several. */
  needs: readonly (AlertKey | readonly AlertKey[])[];
  /** Settings that mean something here beside those. */
  reads: readonly AlertKey[];
}>;

export const KEYS_OF_KIND: Readonly<Record<RuleKind, KindKeys>> = {
  any: { needs: [], reads: ['threshold', 'window'] },
  threshold: { needs: [], reads: ['threshold', 'window'] },
  absence: { needs: ['silence'], reads: ['expect', 'schedule', 'timezone', 'forget_after'] },
  rate: { needs: ['percent'], reads: ['of', 'minimum', 'window'] },
  metric: { needs: ['field', 'aggregate', ['above', 'below']], reads: ['minimum', 'window'] },
  cardinality: { needs: ['field', ['at_least', 'below']], reads: ['window'] },
  spike: { needs: ['ratio'], reads: ['minimum', 'window', 'baseline', 'season'] },
  drop: { needs: ['ratio'], reads: ['minimum', 'window', 'baseline', 'season'] },
  sequence: { needs: ['next', 'within'], reads: ['hold'] },
  change: { needs: ['field'], reads: [] },
  new: { needs: ['field'], reads: ['learn'] },
};

/** Settings that mean something for some kinds only. */
const ofSomeKinds: ReadonlySet<string> = new Set(
  Object.values(KEYS_OF_KIND).flatMap(({ needs, reads }) => [...needs.flat(), ...reads]),
);

/** Whether a setting that is written means something for the kind. */
export function isRead(kind: RuleKind, key: string): boolean {
  const { needs, reads } = KEYS_OF_KIND[kind];
  return !ofSomeKinds.has(key) || [...needs.flat(), ...reads].some((known) => known === key);
}
