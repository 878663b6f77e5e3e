/** journald's export format (`journalctl -o export`): `KEY=value` lines, one block an entry, divided by empty lines. */
import { FIELD } from '../../model/entry-columns.ts';
import { EQUALS, NEWLINE, startsWith } from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import { RoleTaker } from '../role-taker.ts';

const CURSOR = '__CURSOR=';
const roles = new RoleTaker();

export const journal: Format = {
  name: 'journal:export',
  about: "journald's export format",
  parse(draft: Draft, start: number): boolean {
    return startsWith(draft.bytes, start, CURSOR);
  },
  continues(bytes: Uint8Array, _recordStart: number, start: number): boolean {
    return !startsWith(bytes, start, CURSOR);
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const { bytes, keys } = draft;
    roles.begin();
    for (let position = start; position < end; ) {
      let lineEnd = position;
      while (lineEnd < end && bytes[lineEnd] !== NEWLINE) lineEnd += 1;
      let equals = position;
      while (equals < lineEnd && bytes[equals] !== EQUALS) equals += 1;
      if (equals < lineEnd && equals > position) {
        const entry = keys.find(draft, position, equals, -1);
        if (entry >= 0) addPair(draft, entry, equals + 1, lineEnd);
      }
      position = lineEnd + 1;
    }
    roles.finish(draft);
    return true;
  },
};

function addPair(draft: Draft, entry: number, start: number, end: number): void {
  const role = draft.keys.roles[entry]!;
  const id = draft.keys.ids[entry]!;
  if (end === start) return;
  if (role !== 0 && roles.take(draft, role, id, start, end, FIELD.STRING)) return;
  draft.field(id, start, end, kindOf(draft.bytes, start, end));
}
