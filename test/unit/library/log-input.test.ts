/** What `ingestLog` refuses is refused before anything is stored, and the store goes on as if it had not been asked. */
import { expect, test } from 'vitest';
import type { LogInput } from '../../../src/library/log-input.ts';
import { Logstead } from '../../../src/library.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Nothing of it is stored, beside its neighbours of the batch neither, and the folder can be used and opened again. */
async function expectRefused(given: unknown, message: RegExp, kind: ErrorConstructor) {
  using folder = TempFolder.make();
  {
    await using logs = await Logstead.open({ folder: folder.path });
    const batch = [{ message: 'before' }, given as LogInput];
    const thrown = await logs.ingestLogs(batch).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(kind);
    expect((thrown as Error).message).toMatch(message);
    expect(await logs.countLogs()).toBe(0);
    await logs.ingestLog({ message: 'later' });
  }
  await using logs = await Logstead.open({ folder: folder.path });
  expect((await logs.queryLogs()).entries.map((entry) => entry.message)).toEqual(['later']);
}

test.each([
  '9999-12-31T23:59:59Z',
  '0001-01-01',
  new Date(8.64e15),
  8.64e15,
  -8.64e15,
  1_795_947_138_250_000,
  1_795_947_138_250_000_000,
])('ingestLog() refuses the time %s, which no store holds', (timestamp) =>
  expectRefused(
    { message: 'far', timestamp },
    /expected one from 1684-07-30 to 2255-06-03.*ms since the epoch/,
    RangeError,
  ),
);

test.each([Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), 'yesterday', ''])(
  'ingestLog() refuses the time %s, which nobody can read',
  (timestamp) =>
    expectRefused({ message: 'when', timestamp }, /expected a Date, ms since/, RangeError),
);

test('ingestLog() takes times up to the ends of what a store holds', async () => {
  using folder = TempFolder.make();
  const times = ['1684-07-30T00:00:00.000Z', '2255-06-03T23:59:59.999Z'];
  {
    await using logs = await Logstead.open({ folder: folder.path });
    for (const timestamp of times) await logs.ingestLog({ message: 'end', timestamp });
    await logs.ingestLog({ message: 'fraction', timestamp: 1.0625 });
  }
  await using logs = await Logstead.open({ folder: folder.path });
  const { entries } = await logs.queryLogs({ sort: 'oldest', keyword: 'end' });
  expect(entries.map((entry) => entry.timestamp.toISOString())).toEqual(times);
});

test.each<[given: unknown, message: RegExp]>([
  [undefined, /Cannot store undefined: expected an object/],
  ['text', /Cannot store "text": expected an object/],
  [null, /Cannot store null: expected an object/],
  [undefined, /Cannot store undefined: expected an object/],
  [{}, /message is undefined: expected a string/],
  [{ message: 5 }, /message is 5: expected a string/],
  [{ message: null }, /message is null: expected a string/],
  [{ message: ['a'] }, /message is an array: expected a string/],
  [{ message: 's', source: 5 }, /source is 5: expected a string/],
  [{ message: 's', level: 30 }, /level is 30: expected one of TRACE, DEBUG/],
  [{ message: 's', timestamp: 5n }, /time is 5: expected a Date/],
  [{ message: 's', timestamp: {} }, /time is an object: expected a Date/],
  [{ message: 's', tags: 'eu' }, /tags are "eu": expected an array of strings/],
  [{ message: 's', tags: ['eu', 5] }, /tag is 5: expected a string/],
  [{ message: 's', metadata: 'a=1' }, /metadata is "a=1": expected an object/],
  [{ message: 's', metadata: ['a'] }, /metadata is an array: expected an object/],
])('ingestLog() refuses %o', (given, message) => expectRefused(given, message, TypeError));

test('ingestLog() refuses a level that is none', () =>
  expectRefused({ message: 's', level: 'loud' }, /level is "loud": expected one of/, RangeError));

test('ingestLogs() refuses what is no array', async () => {
  await using logs = await Logstead.open();
  const holed = Array(2).with(1, { message: 'one' }) as LogInput[];
  delete holed[0];
  await expect(logs.ingestLogs(holed)).rejects.toThrow(/Cannot store undefined: expected an obj/);
  const one = { message: 'one' } as unknown as LogInput[];
  await expect(logs.ingestLogs(one)).rejects.toThrow(/an object.*expected an array/);
});

test('ingestLog() refuses what a hook has made of an entry', async () => {
  await using logs = await Logstead.open({
    indexedFields: { length: (input) => input.message.length },
  });
  logs.addPreIngestHook(() => undefined as unknown as LogInput);
  await expect(logs.ingestLog({ message: 'x' })).rejects.toThrow(/Cannot store undefined/);
  expect(await logs.countLogs()).toBe(0);
});

test('ingestLog() takes null as not given, and ids that are numbers', async () => {
  await using logs = await Logstead.open();
  const given = { level: null, source: null, tags: null, metadata: null, userId: 17 };
  await logs.ingestLog({ message: 's', ...given } as unknown as LogInput);
  const [entry] = (await logs.queryLogs()).entries;
  expect(entry).toMatchObject({ level: null, source: 'library', tags: [], userId: '17' });
});

test.each<[tags: string[]]>([[['tenant:blue\ntenant:red']], [['eu', '']], [['\n']]])(
  'ingestLog() refuses the tags %j, which would be other ones once stored',
  (tags) =>
    expectRefused({ message: 's', tags }, /tag is ".*": expected .* no line break/, RangeError),
);

test('ingestLog() keeps tags as they are given', async () => {
  await using logs = await Logstead.open();
  const tags = [' ', 'a b', 'a,b', 'c\rd', 'ü', 'tenant:*'];
  await logs.ingestLog({ message: 's', tags });
  expect((await logs.queryLogs({ tags })).entries[0]!.tags).toEqual(tags);
});
