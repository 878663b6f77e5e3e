/** `[alert:NAME]`: what all rules have, and what belongs to one kind. `alert-kinds.ts` says which kind reads which. */
import { RULE_KINDS } from '../model/incident.ts';
import { ALERT_SEVERITIES } from '../model/notification.ts';
import { AGGREGATES, SEASONS } from './alert-settings.ts';
import { channelList } from './channel-kinds.ts';
import {
  DAY_MS,
  MINUTE_MS,
  MONTH_MS,
  NAMES_MAX,
  optional,
  required,
  SECOND_MS,
  withDefault,
} from './setting.ts';
import {
  choice,
  dayPart,
  decimal,
  duration,
  freeText,
  list,
  orWord,
  query,
  text,
  timeZone,
  wholeNumber,
  word,
  yesOrNo,
} from './value-kinds.ts';

/** Each match inside a window is held in memory until it leaves the window. */
const THRESHOLD_MAX = 100_000;

const QUERY_CHARACTERS_MAX = 4_096;

/** Every group of a rule that asks for more costs a kilobyte or two. */
const GROUPS_MAX = 100_000;

const upToMonth = duration({ minMs: 0, maxMs: MONTH_MS });
const window = duration({ minMs: SECOND_MS, maxMs: MONTH_MS });
const fieldNames = list(word('the name of a field, or source'), { min: 0, max: 5 });
const names = list(text('a name', 200), { min: 0, max: NAMES_MAX });
const limit = decimal({ min: -1e15, max: 1e15 });

/** Only some kinds have it. */
const unset = { means: 'the kind has none' } as const;

export const ALERT_SECTION = {
  isNamed: true,
  sentence: 'A rule: when its condition holds, an incident opens and people are told.',
  settings: {
    when: required(
      query('a query such as level>=error source:api', QUERY_CHARACTERS_MAX),
      'level>=error',
      'Which entries count, in the query language.',
    ),
    kind: withDefault(
      choice(['auto', ...RULE_KINDS]),
      'auto',
      'What the rule asks of them; `auto` is `threshold`, or `any` where `threshold` is 1. See "Kinds of rules" in README.md.',
    ),
    threshold: withDefault(
      wholeNumber({ min: 1, max: THRESHOLD_MAX }),
      '1',
      'How many matches within `window` make the rule fire.',
    ),
    window: withDefault(window, '5m', 'The sliding window, in the time the entries carry.'),
    cooldown: withDefault(
      upToMonth,
      '10m',
      'How long the rule keeps silent after it fired, for each group. One that opens a fourth time within an hour is told only every `remind_every` (`never`: every hour); with `0s` every opening is told.',
    ),
    severity: withDefault(choice(ALERT_SEVERITIES), 'medium', 'How bad it is.'),
    description: withDefault(
      freeText('a text', 1_000),
      '',
      'What it means and what to do, for whoever reads the mail.',
    ),
    enabled: withDefault(yesOrNo, 'yes', 'Whether the rule is evaluated.'),
    notify: withDefault(
      channelList,
      'file, email',
      'Who is told: `file` writes into `notify_dir`; `email` counts only where `[email]` is set; `webhook:NAME` and `command:NAME` are sections. A `[route]` that matches comes first.',
    ),
    group_by: withDefault(
      fieldNames,
      '',
      'Fields whose values are counted, and told, apart from each other.',
    ),
    max_groups: withDefault(
      wholeNumber({ min: 1, max: GROUPS_MAX }),
      '10000',
      'Groups remembered; a new one takes the place of the one quiet longest, and where all have incidents it counts as `(other)`.',
    ),
    resolve_after: withDefault(
      upToMonth,
      '5m',
      'An incident is over when its trouble ended this long ago; trouble that comes back sooner is the same incident.',
    ),
    remind_every: withDefault(
      orWord(duration({ minMs: MINUTE_MS, maxMs: MONTH_MS }), 'never'),
      '4h',
      'How often people are told again while an incident is open and nobody acknowledged it.',
    ),
    worse: withDefault(
      decimal({ min: 1.1, max: 1_000 }),
      '4',
      'What times the limit ends an acknowledgement, or what part of it where less is worse; a limit of 0 has none.',
    ),
    inhibited_by: withDefault(names, '', 'Rules whose open incidents keep this one quiet.'),
    inhibit_equal: withDefault(
      fieldNames,
      '',
      'Only incidents whose groups are equal in these fields.',
    ),
    lateness: optional(
      duration({ minMs: 0, maxMs: 30 * DAY_MS }),
      { means: '1h for kinds that fire at once, 10s for the others', example: '1h' },
      'How much later than its neighbours a line may arrive and still be counted exactly.',
    ),
    late: withDefault(
      choice(['evaluate', 'drop']),
      'evaluate',
      'What becomes of lines later than that: kinds that fire at once may evaluate them with what they remember; the others count them only.',
    ),
    backfill: withDefault(
      yesOrNo,
      'no',
      'Whether entries that were already old when they arrived notify too; what `logstead import` brings does in one digest.',
    ),
    backfill_after: withDefault(
      duration({ minMs: MINUTE_MS, maxMs: 3_650 * DAY_MS }),
      '24h',
      'From which age on an arriving entry is old.',
    ),
    silence: optional(
      window,
      { ...unset, example: '30m' },
      'Kind `absence`: how long nothing may match.',
    ),
    expect: withDefault(
      names,
      '',
      'Kind `absence`: values of the `group_by` field that are missed even if they never came.',
    ),
    schedule: optional(
      dayPart,
      { means: 'always', example: '02:00-02:30' },
      'Kind `absence`: the part of every day in which a match is expected.',
    ),
    timezone: withDefault(timeZone, 'local', 'The time zone of `schedule`.'),
    forget_after: withDefault(
      duration({ minMs: MINUTE_MS, maxMs: 365 * DAY_MS }),
      '7d',
      'Kind `absence`: a group silent for so long is gone, unless it is expected; longer than `silence`.',
    ),
    percent: optional(
      decimal({ min: 0.001, max: 100 }),
      { ...unset, example: '5' },
      'Kind `rate`: the share of matching entries.',
    ),
    of: withDefault(
      query('a query, or * for all', QUERY_CHARACTERS_MAX),
      '*',
      'Kind `rate`: the entries the share is of.',
    ),
    minimum: withDefault(
      wholeNumber({ min: 1, max: 1_000_000_000 }),
      '20',
      'Kinds `rate`, `metric`, `spike`, `drop`: fewer entries in the window say nothing.',
    ),
    field: optional(
      word('the name of a field, or pattern'),
      { ...unset, example: 'duration_ms' },
      'Kinds `metric`, `cardinality`, `change`, `new`: which field; `pattern` is the message without its numbers and names.',
    ),
    aggregate: optional(
      choice(AGGREGATES),
      { ...unset, example: 'p95' },
      'Kind `metric`: what is made of the numbers in the window.',
    ),
    above: optional(limit, { ...unset, example: '2000' }, 'Kind `metric`: trouble is above this.'),
    below: optional(
      limit,
      { ...unset, example: '1' },
      'Kind `metric`: trouble is below this. Kind `cardinality`: fewer different values than this.',
    ),
    at_least: optional(
      wholeNumber({ min: 1, max: THRESHOLD_MAX }),
      { ...unset, example: '20' },
      'Kind `cardinality`: this many different values or more.',
    ),
    ratio: optional(
      decimal({ min: 1, max: 1_000_000 }),
      { ...unset, example: '3' },
      'Kinds `spike`, `drop`: how many times more (fewer) than usual.',
    ),
    baseline: withDefault(
      wholeNumber({ min: 1, max: 100 }),
      '12',
      'Kinds `spike`, `drop`: usual is the mean of so many windows before.',
    ),
    season: withDefault(
      choice(SEASONS),
      'none',
      'Kinds `spike`, `drop`: usual is the median of the same window in the last four days or weeks.',
    ),
    next: optional(
      query('a query', QUERY_CHARACTERS_MAX),
      { ...unset, example: '"backup finished"' },
      'Kind `sequence`: what has to follow each match, in the same group.',
    ),
    within: optional(window, { ...unset, example: '10m' }, 'Kind `sequence`: how soon.'),
    hold: withDefault(
      window,
      '24h',
      'Kind `sequence`: how long an unanswered match keeps the incident open.',
    ),
    learn: withDefault(
      upToMonth,
      '1d',
      'Kind `new`: how long the rule only learns; what is stored is known already.',
    ),
  },
} as const;
