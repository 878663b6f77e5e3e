/** What people do about incidents, and what clocks do, as it is committed in the sequence of lines: a replay does the same at the same place. */
import type { Silence } from '../model/silence.ts';

export type AlertControl =
  | Readonly<{ kind: 'acknowledge'; incident: string; who: string; why: string }>
  | Readonly<{ kind: 'unacknowledge'; incident: string; who: string; why: string }>
  | Readonly<{ kind: 'silence'; silence: Silence }>
  | Readonly<{ kind: 'unsilence'; silence: string; who: string; why: string }>
  /** The machine was off, asleep, or its clock was set forward: nothing could be written meanwhile. */
  | Readonly<{ kind: 'gap'; fromUs: number; toUs: number }>
  /** The clock was set back by more than it drifts: time begins anew at `toUs`. */
  | Readonly<{ kind: 'step'; fromUs: number; toUs: number }>;
