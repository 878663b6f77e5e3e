/** Tables whose first lines name their columns: whatever a column is called, it is a field. */
import { expect, test } from 'vitest';
import { parseText } from '../../support/parse.ts';

/** What every object of JavaScript has. */
const INHERITED = ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'];

test.each(INHERITED)('a column called %s is a field like any other', (name) => {
  const header = `#Fields: date time ${name} cs-method cs-uri-stem sc-status`;
  const [, entry] = parseText(`${header}\n2026-11-30 10:00:00 abc GET /x 200\n`);
  expect(entry).toMatchObject({ format: 'w3c', message: 'GET /x' });
  expect(Object.entries(entry!.metadata)).toEqual([
    [name, 'abc'],
    ...Object.entries({ method: 'GET', path: '/x', status: 200 }),
  ]);
});

test('the name of a column keeps its letters', () => {
  const [, entry] = parseText('#Fields: date time größe\n2026-11-30 10:00:00 abc\n');
  expect(entry!.metadata).toEqual({ größe: 'abc' });
});
