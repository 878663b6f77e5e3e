/** Conditions of the query language as they are written, each with what `src/query/GRAMMAR.md` says it finds, in strings. */
import fc from 'fast-check';
import { LEVELS, type Level } from '../../src/model/level.ts';
import type { TestEntry } from './entry-rows.ts';

export type Condition = Readonly<{ text: string; holds: (entry: TestEntry) => boolean }>;

/** Few words, many ways to write them, so that random texts meet. */
const WORDS = ['error', 'Timeout', 'TIMEOUT', 'timed', 'über', 'ÜBER', 'Straße', 'x1', '42', 'a_b'];
const MORE_WORDS = ['deadbeef', '10.0.0.7', 'foo-bar', 'é', 'e\u0301', 'É', '日本', '"quoted"'];
/** Of the same number, of numbers that sort otherwise as texts, and what only looks like one. */
const NUMBERS = [
  '5',
  '5.0',
  '+5',
  '005',
  '10',
  '9',
  '-3',
  '0.25',
  '.5',
  '1e3',
  '1000',
  '200',
  '404',
];
const NO_NUMBERS = ['', ' 5', '0x1F', 'Infinity', '12ms', '1,000', '-', 'NaN', '5e'];
export const KEYS = ['status', 'took', 'user.id', 'my key', 'time', 'count'];
export const SOURCES = ['api', 'web', 'nginx/access', 'ΑΒΓ'];
/** Two of them are one to whoever does not look at the case, and one has no folder. */
export const PATHS = ['/var/log/app.log', '/var/log/App.log', '/srv/app.log', 'app.log'];
const TAGS = ['eu', 'us', 'prod'];

/** The night in which clocks in Europe are set forward, with whole minutes and equal times. */
const NIGHT_US = Date.UTC(2026, 2, 29, 0) * 1_000;
const HOUR_US = 3_600_000_000;
export const timestampUs = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map((step) => NIGHT_US + step * 600_000_000) },
  { weight: 6, arbitrary: fc.nat(2 * HOUR_US).map((us) => NIGHT_US + us) },
  { weight: 2, arbitrary: fc.nat(3).map((step) => NIGHT_US + 59_999_999 + step) },
);
/** Both sides of 1970, and weeks later. */
const farUs = fc.oneof(
  fc.integer({ min: -2, max: 2 }).map((count) => count * 30_000_000),
  fc.nat(1_000).map((hours) => NIGHT_US + hours * HOUR_US),
);

const word = fc.constantFrom(...WORDS, ...MORE_WORDS);
const message = fc.oneof(
  { weight: 8, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')) },
  { weight: 1, arbitrary: fc.array(word, { maxLength: 3 }).map((words) => words.join('\n')) },
  { weight: 1, arbitrary: word.map((last) => `${'lorem ipsum '.repeat(900)}${last}`) },
);
const value = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...NUMBERS, ...NO_NUMBERS),
  fc.array(word, { maxLength: 2 }).map((words) => words.join(' ')),
);

export const naiveEntry = entryAt(timestampUs);
export const farEntry = entryAt(farUs);

function entryAt(time: fc.Arbitrary<number>): fc.Arbitrary<TestEntry> {
  return fc.record({
    timestampUs: time,
    level: fc.constantFrom(null, ...LEVELS),
    source: fc.constantFrom(...SOURCES),
    path: fc.constantFrom(...PATHS),
    message,
    messageMade: fc.boolean(),
    tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 }),
    fields: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.array(
          fc.record({ key: fc.constantFrom(...KEYS), value, made: fc.boolean() }),
          {
            maxLength: 4,
          },
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constant(
          Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, value: `${index}` })),
        ),
      },
    ),
  });
}

/** Of several fields of one name the last counts, as in JSON. */
export function fieldOf(entry: TestEntry, key: string): string | undefined {
  return entry.fields?.findLast((field) => field.key === key)?.value;
}

const WORD_CHARACTER = /[A-Za-z0-9_\u0080-\uffff]/;

export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

type Ends = Readonly<{ left: boolean; right: boolean }>;

/** Whether a text holds another one, which goes on beyond neither end where it ends with a word there. */
export function holdsText(text: string, wanted: string, { left, right }: Ends): boolean {
  const [hay, needle] = [folded(text), folded(wanted)];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
    const goesOn = (inside: string | undefined, outside: string | undefined): boolean =>
      [inside, outside].every((unit) => unit !== undefined && WORD_CHARACTER.test(unit));
    const end = at + needle.length;
    if (left && goesOn(needle[0], hay[at - 1])) continue;
    if (right && goesOn(needle.at(-1), hay[end])) continue;
    return true;
  }
  return false;
}

export const WHOLE: Ends = { left: true, right: true };

function textsOf(entry: TestEntry): string[] {
  return [entry.message, ...(entry.fields ?? []).map((field) => field.value)];
}

/** `*` is any run of characters. */
function fits(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => folded(part).replace(/[^\p{L}\p{N}]/gu, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(folded(text));
}

/** NaN where the text is no number. */
export function numberIn(text: string | undefined): number {
  return text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
    ? Number(text)
    : Number.NaN;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

const written = (key: string): string => (key.includes(' ') ? quoted(key) : key);

/** An entry without a level is as one of INFO. */
export const severityOf = (level: Level | null): number =>
  level === null ? 20 : LEVELS.indexOf(level) * 10;
const COMPARISONS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
};
const comparison = fc.constantFrom(...Object.keys(COMPARISONS));

const phrase = fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' '));

const ofTexts: fc.Arbitrary<Condition> = fc.oneof(
  phrase.map((wanted) => ({
    text: quoted(wanted),
    holds: (entry: TestEntry) => textsOf(entry).some((text) => holdsText(text, wanted, WHOLE)),
  })),
  fc.constantFrom('timeout', 'error', '10.0.0.7', 'foo-bar', 'straße', '日本').map((wanted) => ({
    text: wanted,
    holds: (entry: TestEntry) => textsOf(entry).some((text) => holdsText(text, wanted, WHOLE)),
  })),
  fc
    .record({
      wanted: fc.constantFrom('time', 'rror', 'ü', 'x', '0', 'dead', 'tra', 'out', 'é'),
      left: fc.boolean(),
      right: fc.boolean(),
    })
    .map(({ wanted, left, right }) => ({
      text: `${left ? '' : '*'}${wanted}${right ? '' : '*'}`,
      holds: (entry: TestEntry) =>
        textsOf(entry).some((text) => holdsText(text, wanted, { left, right })),
    })),
  fc
    .record({
      source: fc.constantFrom('time(out|d)', '^err', '[0-9]+\\.', 'bar$', 'É', 'o-b', 'dead.*ef'),
      ignoreCase: fc.boolean(),
    })
    .map(({ source, ignoreCase }) => ({
      text: `/${source}/${ignoreCase ? 'i' : ''}`,
      holds: (entry: TestEntry) => {
        const regex = new RegExp(source, ignoreCase ? 'im' : 'm');
        return textsOf(entry).some((text) => regex.test(text));
      },
    })),
  phrase.map((wanted) => ({
    text: `message:${quoted(wanted)}`,
    holds: ({ message: text }: TestEntry) => holdsText(text, wanted, WHOLE),
  })),
  fc.constantFrom('time', 'dead', 'ü').map((wanted) => ({
    text: `message:${wanted}*`,
    holds: ({ message: text }: TestEntry) => holdsText(text, wanted, { left: true, right: false }),
  })),
);

const level = fc.constantFrom(...LEVELS);
const name = fc.constantFrom('api', 'API', 'nginx/*', '*e*', 'αβγ', 'no');
const ofNames: fc.Arbitrary<Condition> = fc.oneof(
  level.map((wanted) => ({
    text: `level:${wanted.toLowerCase()}`,
    holds: (entry: TestEntry) => entry.level === wanted,
  })),
  level.map((wanted) => ({
    text: `level!=${wanted}`,
    holds: (entry: TestEntry) => entry.level !== wanted,
  })),
  fc.constant({ text: 'level:none', holds: (entry: TestEntry) => entry.level === null }),
  fc.tuple(level, comparison).map(([wanted, sign]) => ({
    text: `level${sign}${wanted}`,
    holds: (entry: TestEntry) => COMPARISONS[sign]!(severityOf(entry.level), severityOf(wanted)),
  })),
  fc.tuple(name, fc.boolean()).map(([pattern, isNot]) => ({
    text: `source${isNot ? '!=' : ':'}${pattern}`,
    holds: (entry: TestEntry) => fits(entry.source, pattern) !== isNot,
  })),
  fc.constantFrom('app.log', 'app*', '/var/*', '/var/log/app.log', '*.LOG').map((pattern) => ({
    text: `file:${pattern}`,
    holds: ({ path = '' }: TestEntry) =>
      fits(pattern.includes('/') ? path : path.split('/').at(-1)!, pattern),
  })),
  fc.tuple(fc.constantFrom('eu', 'p*', 'US'), fc.boolean()).map(([pattern, isNot]) => ({
    text: `tag${isNot ? '!=' : ':'}${pattern}`,
    holds: ({ tags = [] }: TestEntry) => tags.some((tag) => fits(tag, pattern)) !== isNot,
  })),
  fc.constant({ text: 'has:tag', holds: ({ tags = [] }: TestEntry) => tags.length > 0 }),
  fc.constant({ text: 'has:level', holds: (entry: TestEntry) => entry.level !== null }),
);

const key = fc.constantFrom(...KEYS);
const limit = fc.constantFrom(-3, 0, 0.25, 5, 9, 10, 200, 1000);

function ofField(
  fieldKey: string,
  text: string,
  holds: (found: string) => boolean,
  ofNone = false,
): Condition {
  return {
    text: `${written(fieldKey)}${text}`,
    holds: (entry) => {
      const found = fieldOf(entry, fieldKey);
      return found === undefined ? ofNone : holds(found);
    },
  };
}

const ofFields: fc.Arbitrary<Condition> = fc.oneof(
  key.map((wanted) => ({
    text: `has:${written(wanted)}`,
    holds: (entry: TestEntry) => fieldOf(entry, wanted) !== undefined,
  })),
  fc
    .tuple(key, phrase)
    .map(([of, wanted]) =>
      ofField(of, `:${quoted(wanted)}`, (found) => holdsText(found, wanted, WHOLE)),
    ),
  fc
    .tuple(key, fc.constantFrom('5', 'timeout', '10', 'über'))
    .map(([of, wanted]) => ofField(of, `:${wanted}`, (found) => holdsText(found, wanted, WHOLE))),
  fc
    .tuple(key, value, fc.constantFrom(':=', '!=', ':!='))
    .map(([of, wanted, sign]) =>
      ofField(
        of,
        `${sign}${quoted(wanted)}`,
        (found) => (folded(found) === folded(wanted)) !== sign.includes('!'),
        sign.includes('!'),
      ),
    ),
  fc
    .tuple(key, fc.constantFrom('4*', '*0', '*im*', '*5*', 'ÜB*'), fc.constantFrom(':', ':=', '!='))
    .map(([of, pattern, sign]) =>
      ofField(
        of,
        `${sign}${pattern}`,
        (found) => fits(found, pattern) !== (sign === '!='),
        sign === '!=',
      ),
    ),
  fc
    .tuple(key, comparison, limit, fc.constantFrom(':', ''))
    .map(([of, sign, wanted, colon]) =>
      ofField(of, `${colon}${sign}${wanted}`, (found) =>
        COMPARISONS[sign]!(numberIn(found), wanted),
      ),
    ),
  fc.tuple(key, limit, limit, fc.boolean()).map(([of, one, other, isOpen]) => {
    const [from, until] = one < other ? [one, other] : [other, one];
    return ofField(of, `:[${from} TO ${until}${isOpen ? '}' : ']'}`, (found) => {
      const number = numberIn(found);
      return number >= from && (isOpen ? number < until : number <= until);
    });
  }),
  fc
    .tuple(key, limit)
    .map(([of, wanted]) => ofField(of, `:[* TO ${wanted}]`, (found) => numberIn(found) <= wanted)),
  fc
    .tuple(key, limit)
    .map(([of, wanted]) => ofField(of, `:[${wanted} TO *]`, (found) => numberIn(found) >= wanted)),
  fc
    .tuple(key, fc.constantFrom('5', 'timeout'), fc.constantFrom('10', 'über'))
    .map(([of, one, other]) =>
      ofField(of, `:(${one} OR ${other})`, (found) =>
        [one, other].some((wanted) => holdsText(found, wanted, WHOLE)),
      ),
    ),
  fc
    .tuple(key, fc.constantFrom('^4', '0$', 'IM', '[.]'))
    .map(([of, source]) =>
      ofField(of, `:/${source}/`, (found) => new RegExp(source, 'm').test(found)),
    ),
);

/** A time as it is written, from before 1970 none: nobody can ask for one. */
const moment = timestampUs.filter((us) => us >= 0);
const ofTimes: fc.Arbitrary<Condition> = fc.tuple(moment, fc.boolean()).map(([us, isSince]) => {
  const text = `${new Date(Math.floor(us / 1_000)).toISOString().slice(0, -1)}${String(us % 1_000).padStart(3, '0')}Z`;
  return {
    text: `${isSince ? 'since' : 'until'}:"${text}"`,
    holds: (entry: TestEntry) => (isSince ? entry.timestampUs >= us : entry.timestampUs < us),
  };
});

const { random } = fc.letrec<{ random: Condition }>((tie) => ({
  random: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: ofTexts },
    { weight: 2, arbitrary: ofNames },
    { weight: 4, arbitrary: ofFields },
    { weight: 1, arbitrary: ofTimes },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(' ', ' AND ', ' OR '), tie('random'), tie('random'))
        .map(([glue, one, other]) => ({
          text: `(${one.text}${glue}${other.text})`,
          holds: (entry: TestEntry) =>
            glue === ' OR '
              ? one.holds(entry) || other.holds(entry)
              : one.holds(entry) && other.holds(entry),
        })),
    },
    {
      weight: 1,
      arbitrary: tie('random').map((part) => ({
        text: `NOT ${part.text}`,
        holds: (entry: TestEntry) => !part.holds(entry),
      })),
    },
    {
      weight: 1,
      arbitrary: tie('random').map((part) => ({
        text: `-(${part.text})`,
        holds: (entry: TestEntry) => !part.holds(entry),
      })),
    },
  ),
}));

const everything: Condition = { text: '*', holds: () => true };
/** A third of them find everything: most of what is computed needs many entries. */
export const condition = fc.oneof(
  { weight: 1, arbitrary: fc.constant(everything) },
  { weight: 2, arbitrary: random },
);
