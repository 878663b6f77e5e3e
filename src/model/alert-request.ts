/** What people ask of alerts: by command, page, or the link in a mail. Names and reasons are theirs. */

export type AlertRequest =
  | Readonly<{ kind: 'acknowledge'; incident: string; who: string; why: string }>
  | Readonly<{ kind: 'unacknowledge'; incident: string; who: string; why: string }>
  | Readonly<{
      kind: 'silence';
      /** Over rule, severity, source and the fields of the group. */
      query: string;
      untilMs: number;
      who: string;
      why: string;
    }>
  | Readonly<{ kind: 'unsilence'; silence: string; who: string; why: string }>;
