import { expect, test } from 'vitest';
import { alertRequestOf } from '../../../src/serve/alert-request.ts';

test.each(['acknowledge', 'unacknowledge'])('alertRequestOf() takes the wish to %s', (kind) => {
  const request = { kind, incident: '7c55', who: 'ann', why: 'disk' };
  expect(alertRequestOf({ ...request, more: 1 })).toEqual(request);
  expect(() => alertRequestOf({ ...request, incident: 7 })).toThrow('"incident" is missing');
});

test('alertRequestOf() refuses what it does not know', () => {
  expect(() => alertRequestOf({ kind: 'forget' })).toThrow('Cannot do "forget" with alerts');
});
