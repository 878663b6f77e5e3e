/** Incidents that match a query tell nobody for a while: by whom, why, until when. Event time, µs. */
export type Silence = Readonly<{
  /** Eight hex digits. */
  id: string;
  /** Over rule, severity, source and the fields of the group. */
  query: string;
  fromUs: number;
  untilUs: number;
  who: string;
  why: string;
}>;

/** A silence as it leaves the program (`alerts silence`, HTTP): text for times. A contract. */
export type SilenceRecord = Readonly<{
  id: string;
  query: string;
  from: string;
  until: string;
  who: string;
  why: string;
}>;
