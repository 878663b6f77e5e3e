/** A query that people keep under a name, on the server; as it is stored and as programs see it. A contract. */

export type SavedQuery = Readonly<{
  name: string;
  q: string;
  /** As written (`1h`, `today`), so that it moves along; null: not narrowed. */
  since: string | null;
  until: string | null;
  savedAt: string;
}>;
