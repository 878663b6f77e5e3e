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

/** `index` as letters, so that masking does not take it. */
function letters(index: number): string {
  return [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}

test('Templates counts what finds no room as others and keeps those it knows', () => {
  const templates = new Templates(100);
  for (let index = 0; index < 100; index += 1) expect(idOf(templates, letters(index))).toBe(index);
  for (let index = 100; index < 1000; index += 1)
    expect(idOf(templates, letters(index))).toBe(OTHERS);
  for (let index = 0; index < 100; index += 1) expect(idOf(templates, letters(index))).toBe(index);
  expect(templates.size).toBe(100);
});

test('Templates makes a word that varies a variable, and keeps few variants apart', () => {
  const templates = new Templates(1000);
  const logins = ['anna', 'bert', 'cleo', 'dora', 'emil', 'fritz'].map((user) =>
    idOf(templates, `login failed for ${user} from 10.0.0.1`),
  );
  const merged = new Set(logins.map((id) => templates.textOf(templates.merged(id))));
  expect([...merged]).toEqual(['login failed for <name> from <ip>']);
  const states = ['accepted', 'rejected', 'pending'].map((state) =>
    idOf(templates, `payment ${state} for order 17`),
  );
  expect(new Set(states.map((id) => templates.merged(id))).size).toBe(3);
});

test('Templates merges two variables that occur together, one after the other', () => {
  const templates = new Templates(1000);
  const names = ['anna', 'bert', 'cleo', 'dora', 'emil', 'fritz'];
  const ids = names.flatMap((user) =>
    names.map((host) => idOf(templates, `session of ${user} on host ${host} closed`)),
  );
  const texts = new Set(ids.map((id) => templates.textOf(templates.merged(id))));
  expect([...texts]).toEqual(['session of <name> on host <name> closed']);
});

test('Templates does not merge short messages, nor those that differ by HTTP method', () => {
  const templates = new Templates(1000);
  const short = ['started', 'stopped', 'failed', 'ready', 'closed', 'opened'].map((word) =>
    idOf(templates, `server ${word}`),
  );
  expect(new Set(short.map((id) => templates.merged(id))).size).toBe(6);
  const methods = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH'].map((method) =>
    idOf(templates, `${method} request was refused here`),
  );
  expect(new Set(methods.map((id) => templates.merged(id))).size).toBe(6);
});

test('Templates stays bounded and useful when a word never repeats', () => {
  const templates = new Templates(200);
  const ids = new Set<number>();
  for (let index = 0; index < 5000; index += 1) {
    ids.add(templates.merged(idOf(templates, `user ${letters(index)} logged in well`)));
  }
  const last = templates.merged(idOf(templates, `user ${letters(9999)} logged in well`));
  expect(templates.textOf(last)).toBe('user <name> logged in well');
  expect(ids.has(OTHERS)).toBe(false);
  expect(templates.size).toBeLessThan(20);
  expect(idOf(templates, 'something quite different happened')).not.toBe(OTHERS);
});
