/** What stays inside this machine. */
import { expect, test } from 'vitest';
import { isLoopbackHost } from '../../../src/base/loopback.ts';

test.each([
  '127.0.0.1',
  '127.255.0.9',
  '::1',
  '0:0:0:0:0:0:0:1',
  'localhost',
  'LocalHost',
  '::ffff:127.0.0.1',
])('isLoopbackHost() takes %s as this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  '0.0.0.0',
  '::',
  '128.0.0.1',
  '10.0.0.1',
  'localhost.example.org',
  '127.0.0.1.example.org',
  '',
  '::ffff:8.8.8.8',
])('isLoopbackHost() does not take %j as this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});
