/**
 * Rules that come, go, are renamed and changed, with whom they tell and with quiet hours, while lines are written: a daemon that is
 * killed now and then, and finds some of the changes when it starts again, says what one says that runs on and is told of each by a
 * reload. Whoever was told that something began is told that it is over, or closed with its rule, and nothing stays open.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import type { NotificationEvent } from '../../src/model/notification.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { LEVELS, MESSAGES, shopFields } from '../support/shop-lines.ts';

/** `RELOADED_ALERTS_CASES` and `RELOADED_ALERTS_SEED`: more of them, or others. */
const CASES = Number(process.env.RELOADED_ALERTS_CASES ?? 3);
const SEED = Number(process.env.RELOADED_ALERTS_SEED ?? 1);
const STEPS = 30;
const SETTLED_MS = 120_000;

const KINDS = [
  'when = level:fatal',
  'when = level>=error',
  'when = level>=error\nthreshold = 3\nwindow = 20s',
  'when = level>=error\nthreshold = 2\nwindow = 1m',
  'when = beat\nkind = absence\nsilence = 40s',
  'when = beat\nkind = absence\nsilence = 30s\nexpect = north, west\ngroup_by = shop\nforget_after = 2m',
  'when = level>=error\nkind = rate\npercent = 40\nminimum = 4\nwindow = 50s',
  'when = *\nkind = metric\nfield = ms\naggregate = p95\nabove = 80\nminimum = 3\nwindow = 20s',
  'when = *\nkind = cardinality\nfield = user\nat_least = 4\nwindow = 30s',
  'when = *\nkind = cardinality\nfield = user\nbelow = 2\nwindow = 25s',
  'when = *\nkind = spike\nratio = 3\nminimum = 4\nwindow = 10s\nbaseline = 4',
  'when = begun\nkind = sequence\nnext = done\nwithin = 15s\nhold = 2m\ngroup_by = user',
  'when = *\nkind = change\nfield = version\ngroup_by = user',
];
const NAMES = ['red', 'green', 'blue', 'black', 'white', 'grey'];
const SEVERITIES = ['low', 'medium', 'high', 'critical'];
const NOTIFY = ['file', 'email', 'file, email', 'command:pager', ''];
const QUIET = ['', '', '12:04-12:12', '12:02-12:20', '12:10-12:11', '11:00-12:06'];
const ROUTES = [
  '',
  '',
  '[route:one]\nrules = b*\nnotify = email\nto = night@example.org\n',
  '[route:two]\nseverity = high, critical\nnotify = command:pager\n',
];
const REST =
  '[command:pager]\nrun = /bin/true\n[email]\nhost = 127.0.0.1\nfrom = logstead@example.org\n';
const ADDRESSES = ['ops@example.org', 'dev@example.org'];

/** Within the lateness of kinds that settle. */
const AGES_MS = [0, 0, 0, 900, 4_000];
const PAUSES_MS = [0, 300, 1_000, 7_000, 30_000, 80_000];

test('A daemon that is killed and finds another config says what one says that is told of it by a reload', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const { steady, killed } = await live(seed);
    expect({ seed, ...differences(steady.said, killed.said) }).toEqual({
      ...{ seed, onlyFirst: [], onlySecond: [] },
    });
    for (const daemon of [steady, killed]) {
      expect({ seed, open: daemon.open, untold: daemon.untold }).toEqual({
        ...{ seed, open: [], untold: [] },
      });
    }
  }
});

type Outcome = Readonly<{
  /** Incidents, and what was to be delivered to whom. */
  said: string[];
  /** What is still open without any rule; those who were told of a beginning and of no end. */
  open: string[];
  untold: string[];
}>;

async function live(seed: number): Promise<Readonly<{ steady: Outcome; killed: Outcome }>> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const often = (part: number): boolean => random() < part;
  const config = new Config(pick, often);
  await using steady = await Life.begin(config.text);
  await using killed = await Life.begin(config.text);
  const both = [steady, killed];
  let writtenCount = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const lineCount = Math.floor(random() * random() * 12);
    for (let line = 0; line < lineCount; line += 1) {
      const fields = shopFields(random);
      writtenCount += 1;
      // Of equal stamps in two files the one comes first that was found first.
      const ageMs = pick(AGES_MS) + (writtenCount % 300);
      const text = `level=${pick(LEVELS)} msg="${pick(MESSAGES)}" ${fields}`;
      for (const life of both) life.write(text, ageMs);
    }
    // At once: when the kernel tells of them is another time in each.
    for (const life of both) await life.scene.ingest.drain();
    const pauseMs = pick(PAUSES_MS);
    for (const life of both) await life.pass(pauseMs);
    for (const life of both) await life.commit();
    if (often(0.3)) {
      config.change();
      await steady.scene.reload(config.text);
      if (often(0.6)) await killed.scene.crash(config.text);
      else await killed.scene.reload(config.text);
    }
    if (often(0.1)) await killed.scene.crash();
    if (often(0.05)) await killed.scene.restart();
    for (const life of both) await life.pass(1_000);
  }
  for (const life of both) await life.pass(SETTLED_MS);
  config.clear();
  for (const life of both) await life.commit();
  await steady.scene.reload(config.text);
  await killed.scene.crash(config.text);
  for (const life of both) await life.pass(2_000);
  return { steady: steady.outcome(), killed: killed.outcome() };
}

type RuleText = { name: string; kind: string; rest: string; severity: string; notify: string };

/** A config that changes by what people change in one. */
class Config {
  readonly #pick: <T>(items: readonly T[]) => T;
  readonly #often: (part: number) => boolean;
  #rules: RuleText[] = [];
  #quiet = '';
  #route = '';
  #address: string;

  constructor(pick: <T>(items: readonly T[]) => T, often: (part: number) => boolean) {
    this.#pick = pick;
    this.#often = often;
    this.#address = pick(ADDRESSES);
    for (let count = 0; count < 4; count += 1) this.#add();
    this.#quiet = pick(QUIET);
  }

  get text(): string {
    const rules = this.#rules.map(({ name, kind, rest, severity, notify }) => {
      return `[alert:${name}]\n${kind}\n${rest}severity = ${severity}\nnotify = ${notify}\n`;
    });
    const quiet = this.#quiet === '' ? '' : `quiet_hours = ${this.#quiet}\n`;
    const rest = `${REST}to = ${this.#address}\n[notify]\n${quiet}timezone = UTC\n`;
    return `${rules.join('')}${this.#route}${rest}`;
  }

  change(): void {
    const changes = [
      () => this.#add(),
      () => this.#rules.splice(this.#rules.indexOf(this.#any), 1),
      () => this.#rename(),
      () => (this.#any.kind = this.#pick(KINDS)),
      () => (this.#any.rest = this.#newRest()),
      () => (this.#any.severity = this.#pick(SEVERITIES)),
      () => (this.#any.notify = this.#pick(NOTIFY)),
      () => (this.#quiet = this.#pick(QUIET)),
      () => (this.#quiet = this.#pick(QUIET)),
      () => (this.#route = this.#pick(ROUTES)),
      () => (this.#address = this.#pick(ADDRESSES)),
    ];
    do {
      if (this.#rules.length === 0) this.#add();
      this.#pick(changes)();
    } while (this.#often(0.4));
  }

  clear(): void {
    this.#rules = [];
  }

  get #any(): RuleText {
    return this.#pick(this.#rules);
  }

  get #freeName(): string | undefined {
    return this.#pick(NAMES.filter((name) => this.#rules.every((rule) => rule.name !== name)));
  }

  #add(): void {
    const name = this.#freeName;
    if (name === undefined) return;
    const severity = this.#pick(SEVERITIES);
    const rest = this.#newRest();
    this.#rules.push({ name, kind: this.#pick(KINDS), rest, severity, notify: this.#pick(NOTIFY) });
  }

  #rename(): void {
    const name = this.#freeName;
    if (name !== undefined) this.#any.name = name;
  }

  #newRest(): string {
    return [
      `resolve_after = ${this.#pick(['0s', '10s', '1m'])}\n`,
      `cooldown = ${this.#pick(['0s', '30s', '10m'])}\n`,
      `remind_every = ${this.#pick(['1m', '3m', 'never', 'never'])}\n`,
      ...(this.#often(0.2) ? [`lateness = ${this.#pick(['5s', '20s'])}\n`] : []),
    ].join('');
  }
}

class Life implements AsyncDisposable {
  readonly scene: IngestScene;
  readonly #clock: FakeClock;

  private constructor(scene: IngestScene, clock: FakeClock) {
    this.scene = scene;
    this.#clock = clock;
  }

  /** The kernel's clock is not turned by hand: the file is there from the beginning. */
  static async begin(config: string): Promise<Life> {
    const clock = new FakeClock();
    const life = new Life(await IngestScene.make(config, clock), clock);
    life.write('level=info msg=first', 0);
    await life.scene.restart();
    await life.pass(1_000);
    return life;
  }

  write(text: string, agoMs: number): void {
    const time = new Date(this.#clock.nowMs() - agoMs).toISOString();
    this.scene.folder.append('logs/app.log', `time=${time} ${text}\n`);
  }

  /** In steps of at most a second; each a turn of the daemon's loop. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.#clock.advance(Math.min(left, 1_000));
      await this.scene.ingest.turn();
    }
  }

  /** What is read, and when: a daemon that starts again knows as much as one that runs on. */
  async commit(): Promise<void> {
    const untilMs = this.#clock.nowMs() + 1_000;
    const silence = { kind: 'silence', query: 'rule:none', untilMs, who: '', why: '' } as const;
    await this.scene.ingest.actOnAlerts(silence);
  }

  outcome(): Outcome {
    using database = Database.open(join(this.scene.folder.join('state'), 'logstead.db'), {
      readOnly: true,
    });
    const incidents = this.scene.ingest.incidents.list().map((incident) => {
      const { id, rule, severity, group, openedAtMs, resolvedAtMs, count, notified } = incident;
      const end = resolvedAtMs ?? 'open';
      const text = `${rule} ${severity} ${JSON.stringify(group)} ${openedAtMs}-${end} x${count} told ${notified}`;
      const history = this.scene.ingest.incidents
        .history(id)
        .map(({ name, heldBy }) => `${name}/${heldBy}`);
      return { text: `${text}: ${history.join(' ')}`, id, isOpen: resolvedAtMs === null };
    });
    const deliveries = database
      .prepare(
        `SELECT n.key, n.event, d.channel, d.recipient FROM notifications n
         JOIN deliveries d ON d.notification = n.number ORDER BY d.number`,
      )
      .all()
      .map(({ key, event, channel, recipient }) => ({
        key: String(key),
        event: JSON.parse(String(event)) as NotificationEvent,
        place: `${channel}:${recipient}`,
      }));
    return {
      said: [
        ...incidents.map(({ text }) => text),
        ...deliveries.map(({ event, place }) => `${place} ${textOf(event)}`),
      ].toSorted(),
      open: incidents.filter(({ isOpen }) => isOpen).map(({ text }) => text),
      untold: this.#untold(deliveries),
    };
  }

  /** Places that were told that an incident began, and neither that it is over nor that it was closed with its rule. */
  #untold(
    deliveries: readonly Readonly<{ key: string; event: NotificationEvent; place: string }>[],
  ): string[] {
    const told = new Map<string, string>();
    const closed = new Map<string, number>();
    for (const { event, place } of deliveries) {
      if (event.kind === 'digest' && event.reason === 'closed') {
        for (const { atMs, subject } of event.items) {
          const what = `${place} ${subject.replace(/:.*/, '')} ${atMs}`;
          closed.set(what, (closed.get(what) ?? 0) + 1);
        }
      }
      if (event.kind !== 'alert') continue;
      if (event.what === 'opened') told.set(`${place} ${event.incidentId}`, textOf(event));
      if (event.what === 'resolved') told.delete(`${place} ${event.incidentId}`);
    }
    const { incidents } = this.scene.ingest;
    return [...told].flatMap(([key, text]) => {
      const [place, id] = key.split(' ') as [string, string];
      const incident = incidents.find(id)!;
      if (incidents.history(id).some(({ name }) => name === 'merged')) return [];
      // Over when it was told: its telling said so.
      if (
        incidents.history(id).some(({ name, heldBy }) => name === 'resolved' && heldBy === 'told')
      )
        return [];
      const groups = Object.values(incident.group).join(', ');
      const where = groups === '' ? '' : ` (${groups})`;
      return closed.has(`${place} ${incident.rule}${where} ${incident.openedAtMs}`)
        ? []
        : [`${place} ${text}`];
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.scene[Symbol.asyncDispose]();
  }
}

function textOf(event: NotificationEvent): string {
  switch (event.kind) {
    case 'alert': {
      const { what, rule, severity, group, openedAtMs } = event;
      return `${what} ${rule} ${severity} ${JSON.stringify(group)} ${openedAtMs}`;
    }
    case 'digest':
      return `digest ${event.reason} ${event.items.map(({ atMs, severity, subject }) => `${severity} ${subject} ${atMs}`).join(', ')}`;
    default:
      return JSON.stringify(event);
  }
}

function differences(
  first: readonly string[],
  second: readonly string[],
): Readonly<{ onlyFirst: string[]; onlySecond: string[] }> {
  const left = [...second];
  const onlyFirst = first.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { onlyFirst, onlySecond: left };
}
