/** Metadata is stored as its JSON, and all of an entry or nothing: also where a value has no JSON. */
import { expect, test } from 'vitest';
import type { LogInput } from '../../../src/library/log-input.ts';
import { Logstead } from '../../../src/library.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** What queries give back, of an entry of this run and of one that a former run left in the folder. */
async function expectStored(metadata: object, stored: object) {
  using folder = TempFolder.make();
  const input = { message: 's', metadata } as LogInput;
  {
    await using logs = await Logstead.open({ folder: folder.path });
    await logs.ingestLog(input);
    const [entry] = (await logs.queryLogs()).entries;
    expect(entry!.metadata).toEqual(stored);
  }
  await using logs = await Logstead.open({ folder: folder.path });
  const [entry] = (await logs.queryLogs()).entries;
  expect(entry!.metadata).toStrictEqual(stored);
}

test('ingestLog() leaves out fields that JSON leaves out', () =>
  expectStored({ a: undefined, b: 1, c: () => 1, d: Symbol('d') }, { b: 1 }));

test('ingestLog() keeps what JSON keeps', () =>
  expectStored(
    { text: 'x', yes: true, none: null, list: [1, undefined, 'b'], '': 'empty', 'a\nb': 2 },
    { text: 'x', yes: true, none: null, list: [1, null, 'b'], '': 'empty', 'a\nb': 2 },
  ));

test('ingestLog() keeps a Date as its ISO text, and a number that JSON has none for as null', () =>
  expectStored(
    { at: new Date(0), nan: Number.NaN, infinite: Number.POSITIVE_INFINITY },
    { at: '1970-01-01T00:00:00.000Z', nan: null, infinite: null },
  ));

test('ingestLog() keeps a field called __proto__ as one', async () => {
  await using logs = await Logstead.open();
  await logs.ingestLog({ message: 's', metadata: JSON.parse('{"__proto__": "x", "b": 1}') });
  expect(await logs.countLogs({ query: '__proto__:x b:1' })).toBe(1);
});

const circular: Record<string, unknown> = {};
circular.self = circular;

test.each<[name: string, value: unknown]>([
  ['a BigInt', 5n],
  ['an object that holds itself', circular],
  ['a list of a BigInt', [5n]],
])('ingestLog() refuses %s, which has no JSON, and stores nothing', async (_, value) => {
  await using logs = await Logstead.open();
  const input = { message: 's', metadata: { odd: value } } as unknown as LogInput;
  const refused = /Cannot store an entry whose metadata field "odd" has no JSON/;
  await expect(logs.ingestLogs([{ message: 'before' }, input])).rejects.toThrow(refused);
  await expect(logs.ingestLog(input)).rejects.toThrow(TypeError);
  expect(await logs.countLogs()).toBe(0);
});

test('ingestLog() leaves out ids and indexed fields that are undefined', async () => {
  await using logs = await Logstead.open({
    indexedFields: { region: () => undefined, size: ({ message }) => message.length },
  });
  const input = { message: 's', userId: undefined, thread: 'main' } as unknown as LogInput;
  await logs.ingestLog(input);
  const [entry] = (await logs.queryLogs()).entries;
  expect(entry!.metadata).toEqual({ size: 1, thread: 'main' });
});
