/** The incident book beside a walk through all its incidents, as pieces come in any order and what is over falls quiet. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IncidentBook, type IncidentState } from '../../../src/alert/incident-book.ts';
import { ThresholdWindow } from '../../../src/alert/kinds/threshold-window.ts';
import { ROLE } from '../../../src/alert/kinds/window.ts';

type Op =
  | Readonly<{ kind: 'add'; startUs: number; lengthUs: number; lateUs: number }>
  | Readonly<{ kind: 'line' | 'settle' | 'remove'; which: number; lateUs: number }>
  | Readonly<{ kind: 'announce' | 'reach'; us: number }>;

const which = { which: fc.nat(20), lateUs: fc.nat(30) };
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      startUs: fc.nat(200),
      lengthUs: fc.nat(5),
      lateUs: fc.nat(30),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('announce' as const), us: fc.nat(210) }) },
  fc.record({ kind: fc.constantFrom('line' as const, 'remove' as const), ...which }),
  fc.record({ kind: fc.constant('settle' as const), ...which }),
  fc.record({ kind: fc.constant('reach' as const), us: fc.nat(6) }),
);

test('what is said of quiet incidents is what a walk through all of them says', () => {
  let quietCount = 0;
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const book = new IncidentBook(3);
      const changed = new Set<IncidentState>();
      for (const each of ops) {
        apply(each, book, changed);
        const { incidents } = book;
        const awake = [...book.awake()];
        quietCount += incidents.length - awake.length;
        expect(awake).toEqual(incidents.slice(incidents.length - awake.length));
        const silent = incidents.slice(0, incidents.length - awake.length);
        expect(silent.filter(({ phase }) => phase !== 'over')).toEqual([]);
        expect(silent.filter((incident) => changed.has(incident))).toEqual([]);
        const settled = incidents.map((incident) => book.settledAfterUs(incident));
        expect(book.settledUntilUs).toBe(Math.max(...settled));
        const over = settled.filter((_, index) => incidents[index]!.phase === 'over');
        expect(book.settleDueUs).toBe(Math.min(...over));
      }
    }),
  );
  expect(quietCount).toBeGreaterThan(0);
});

/** `changed`: what `takeChanges` has to name next. */
function apply(each: Op, book: IncidentBook, changed: Set<IncidentState>): void {
  const { incidents } = book;
  switch (each.kind) {
    case 'add': {
      const { startUs, lengthUs, lateUs } = each;
      const endUs = startUs + lengthUs;
      changed.add(book.add({ startUs, endUs, keptUs: endUs + lateUs }));
      for (const incident of changed) if (!incidents.includes(incident)) changed.delete(incident);
      break;
    }
    case 'line': {
      const incident = incidents[each.which % incidents.length];
      if (incident === undefined) break;
      book.noteLine(incident.openUs - 1, 2, incident.endUs + each.lateUs);
      changed.add(incident);
      break;
    }
    case 'remove':
    case 'settle': {
      const gone =
        each.kind === 'settle'
          ? book.settledBefore(each.which * 10)
          : incidents.slice(each.which % 5, (each.which % 5) + 2);
      book.remove(gone);
      for (const incident of gone) changed.delete(incident);
      break;
    }
    case 'reach':
      book.resolveAfterUs = each.us;
      break;
    case 'announce': {
      const inOrder = incidents.filter((incident) => changed.has(incident));
      expect(book.takeChanges().changed).toEqual(inOrder);
      changed.clear();
      for (const incident of book.awake()) {
        incident.phase = incident.endUs + book.resolveAfterUs < each.us ? 'over' : 'open';
      }
      book.noteSaid();
      break;
    }
  }
}

test('a window lets go of lines that only an incident kept, when that is gone', () => {
  const book = new IncidentBook(0);
  const window = new ThresholdWindow({ threshold: 2, windowUs: 10 });
  const rest = { atUs: 0, roles: ROLE.WHEN, value: null, generation: 0, offset: 0 };
  for (const etUs of [100, 105]) window.add({ etUs, keptUs: etUs, horizonUs: 90, ...rest }, book);
  expect(book.incidents).toHaveLength(1);
  window.forget(1_000, book);
  expect(window.heldCount).toBeGreaterThan(0);
  expect(window.mayForget(1_000, book)).toBe(false);
  book.remove([...book.incidents]);
  expect(window.mayForget(1_000, book)).toBe(true);
  window.forget(1_000, book);
  expect(window.heldCount).toBe(0);
});
