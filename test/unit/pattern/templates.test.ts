/** Numbering of templates: equal ones share a number, and there are never more than allowed. */
import { expect, test } from 'vitest';
import { OTHERS, Templates } from '../../../src/pattern/templates.ts';

function idOf(templates: Templates, message: string): number {
  const bytes = Buffer.from(message);
  return templates.idOf(bytes, 0, bytes.length);
}

test('Templates gives messages of one template one number', () => {
  const templates = new Templates(10);
  const first = idOf(templates, 'login of 17 failed');
  expect(idOf(templates, 'login of 4711 failed')).toBe(first);
  expect(idOf(templates, 'logout of 4711 failed')).not.toBe(first);
  expect(templates.textOf(first)).toBe('login of <n> failed');
});

test('Templates counts what finds no room as others and keeps those it knows', () => {
  const templates = new Templates(100);
  const words = (index: number): string =>
    `word ${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
  for (let index = 0; index < 100; index += 1) expect(idOf(templates, words(index))).toBe(index);
  for (let index = 100; index < 1000; index += 1)
    expect(idOf(templates, words(index))).toBe(OTHERS);
  for (let index = 0; index < 100; index += 1) expect(idOf(templates, words(index))).toBe(index);
  expect(templates.size).toBe(100);
});
