/**
 * When people are told, against a program that looks at every minute again: of an opening at the first minute at which nothing
 * holds it back while it is still open; again as often as the rule says; of the end, who knew of the beginning.
 *
 * Two rules, one of which keeps the other quiet; silences, acknowledgements, quiet hours, cooldowns, flapping, restarts.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { QuietHours } from '../../../src/alert/holders.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import { AlertLife, LIFE_START_US, lifeRule, SECOND_US, usOf } from '../../support/alert-life.ts';

/** `TELLING_CASES`: more of them. */
const CASES = Number(process.env.TELLING_CASES ?? 50);
const MINUTE = 60;
const MINUTE_US = MINUTE * SECOND_US;
const MINUTES = 90;

type Step = Readonly<{
  parent: boolean;
  child: boolean;
  /** What people do with the child's newest incident, or with all of its. */
  act: 'none' | 'ack' | 'unack' | 'silence' | 'unsilence';
  silenceFor: number;
  restarts: boolean;
}>;

type Bounds = Readonly<{
  cooldown: number;
  resolveAfter: number;
  remindEvery: number | null;
  isInhibited: boolean;
  quiet: readonly [from: number, until: number] | null;
}>;

const oneIn = (count: number): fc.Arbitrary<boolean> => fc.nat(count - 1).map((dice) => dice === 0);

const step: fc.Arbitrary<Step> = fc.record({
  parent: oneIn(25),
  child: oneIn(4),
  act: fc
    .nat(40)
    .map((dice) => (['ack', 'unack', 'silence', 'unsilence'] as const)[dice] ?? 'none'),
  silenceFor: fc.integer({ min: 1, max: 20 }),
  restarts: oneIn(20),
});

const bounds: fc.Arbitrary<Bounds> = fc.record({
  cooldown: fc.constantFrom(0, 1, 5, 10, 30),
  resolveAfter: fc.constantFrom(0, 1, 3, 8),
  remindEvery: fc.constantFrom(null, null, 1, 4, 10),
  isInhibited: fc.boolean(),
  quiet: fc.oneof(
    fc.constant(null),
    fc
      .tuple(fc.nat(60), fc.integer({ min: 1, max: 25 }))
      .map(([from, length]) => [from, from + length] as const),
  ),
});

test('people are told when a program that looks at every minute says', () => {
  fc.assert(
    fc.property(
      bounds,
      fc.array(step, { minLength: MINUTES, maxLength: MINUTES }),
      (each, steps) => {
        expect(live(each, steps)).toEqual(model(each, steps));
      },
    ),
    { numRuns: CASES },
  );
}, 600_000);

function rulesOf({ cooldown, resolveAfter, remindEvery, isInhibited }: Bounds): Rule[] {
  const minutes = (count: number): number => count * MINUTE;
  const parent = lifeRule({
    name: 'parent',
    threshold: 1,
    when: 'FATAL',
    resolveAfter: minutes(5),
  });
  const times = { cooldown: minutes(cooldown), resolveAfter: minutes(resolveAfter) };
  const child = lifeRule({ name: 'child', threshold: 1, ...times });
  return [
    parent,
    {
      ...child,
      severity: 'medium',
      remindEveryUs: remindEvery === null ? null : remindEvery * MINUTE_US,
      inhibitedBy: isInhibited ? ['parent'] : [],
    } as Rule,
  ];
}

function quietOf({ quiet }: Bounds): QuietHours | null {
  if (quiet === null) return null;
  const noon = 12 * 60;
  const part = { fromMinute: noon + quiet[0], untilMinute: noon + quiet[1] };
  return { part, timezone: 'UTC', severities: ['medium'] };
}

function live(each: Bounds, steps: readonly Step[]): string[] {
  const life = new AlertLife(rulesOf(each), { quietHours: quietOf(each) });
  let silence = '';
  for (const [minute, { parent, child, act, silenceFor, restarts }] of steps.entries()) {
    const second = minute * MINUTE;
    if (restarts) life.restart();
    life.read(second);
    const etUs = usOf(second);
    if (parent) life.rows([{ etUs, level: 'FATAL' }]);
    if (child) life.rows([{ etUs, level: 'ERROR' }]);
    const by = { who: 'ann', why: '' };
    const opened = life.events.findLast(
      ({ name, incident }) => name === 'opened' && incident.rule === 'child',
    );
    const incident = opened?.incident.id ?? '';
    if (act === 'ack') life.control({ kind: 'acknowledge', incident, ...by });
    if (act === 'unack') life.control({ kind: 'unacknowledge', incident, ...by });
    if (act === 'silence') {
      silence = `s${minute}`;
      const span = { fromUs: etUs, untilUs: etUs + silenceFor * MINUTE_US };
      life.control({
        kind: 'silence',
        silence: { id: silence, query: 'rule:child', ...span, ...by },
      });
    }
    if (act === 'unsilence') life.control({ kind: 'unsilence', silence, ...by });
  }
  return life.events
    .filter(({ incident, notification }) => incident.rule === 'child' && notification !== null)
    .map(
      ({ name, readCompleteUs }) =>
        `${name === 'released' ? 'opened' : name} ${minuteOf(readCompleteUs)}`,
    );
}

function minuteOf(us: number): number {
  return (us - LIFE_START_US) / MINUTE_US;
}

function model(each: Bounds, steps: readonly Step[]): string[] {
  const { cooldown, resolveAfter, remindEvery, isInhibited, quiet } = each;
  const said: string[] = [];
  const silences: { from: number; until: number }[] = [];
  const openings: number[] = [];
  let parentEnd = Number.NEGATIVE_INFINITY;
  let lastTold = Number.NEGATIVE_INFINITY;
  let now: { open: number; end: number; told: boolean; acked: boolean; reminders: number } | null =
    null;
  const isQuiet = (at: number): boolean => quiet !== null && quiet[0] <= at && at < quiet[1];
  const cooling = (): number => {
    const last = openings.slice(-4);
    const flaps = cooldown > 0 && last.length === 4 && last[3]! - last[0]! < 60;
    return flaps ? Math.max(cooldown, remindEvery ?? 60) : cooldown;
  };
  const isMarked = (at: number, minute: number): boolean =>
    silences.some(({ from, until }) => from <= at && at < until) ||
    (isInhibited && parentEnd + 5 >= minute) ||
    now!.acked;
  const tell = (minute: number): void => {
    if (now === null || now.told) return;
    if (isMarked(minute, minute) || minute - lastTold < cooling() || isQuiet(minute)) return;
    now.told = true;
    lastTold = minute;
    now.reminders = remindEvery === null ? 0 : Math.floor((minute - now.open) / remindEvery);
    said.push(`opened ${minute}`);
  };
  for (const [minute, { parent, child, act, silenceFor }] of steps.entries()) {
    if (now !== null && minute > now.end + resolveAfter) {
      if (now.told) said.push(`resolved ${minute}`);
      now = null;
    }
    tell(minute);
    if (now?.told && remindEvery !== null) {
      const due = Math.ceil((minute - now.open) / remindEvery) - 1;
      if (due > now.reminders) {
        now.reminders = due;
        const at = now.open + due * remindEvery;
        if (!isMarked(at, minute) && !isQuiet(at)) said.push(`reminded ${minute}`);
      }
    }
    if (parent) parentEnd = minute;
    if (child) {
      if (now === null) {
        now = { open: minute, end: minute, told: false, acked: false, reminders: 0 };
        openings.push(minute);
      }
      now.end = minute;
      tell(minute);
    }
    if (act === 'ack' && now !== null) now.acked = true;
    if (act === 'unack' && now !== null) now.acked = false;
    if (act === 'silence') silences.push({ from: minute, until: minute + silenceFor });
    if (act === 'unsilence' && silences.length > 0)
      silences.at(-1)!.until = Math.min(silences.at(-1)!.until, minute);
    tell(minute);
  }
  return said;
}
