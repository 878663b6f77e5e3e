/** What people do about incidents, as it is committed in the sequence of lines: a replay does the same at the same place. */
import type { Silence } from '../model/silence.ts';

export type AlertControl =
  | Readonly<{ kind: 'acknowledge'; incident: string; who: string; why: string }>
  | Readonly<{ kind: 'silence'; silence: Silence }>
  | Readonly<{ kind: 'unsilence'; silence: string; who: string; why: string }>;
