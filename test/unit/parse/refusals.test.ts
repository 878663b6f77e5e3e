/** What is no stamp, no level and no format: nothing is made up of words and numbers in a text. */
import { describe, expect, test } from 'vitest';
import { parseText } from '../../support/parse.ts';

describe('no level is taken from', () => {
  test.each([
    'the error rate fell to 3 %',
    'an ERROR occurred while closing',
    '2026-11-19 10:00:00 connection error: timeout',
    '2026-11-19 10:00:00 no errors, 3 warnings',
    '2026-11-19 10:00:00 A [long] text',
    '2026-11-19 10:00:00 Appendix [A] is short',
    '2026-11-19 10:00:00 In(2) we trust',
    'Nov 19 10:00:00 web app[1] error or not',
    'Nov 19 10:00:00 web app[1]: (warning): x',
    '2026-11-19 10:00:00 found ERROR [12] in it',
    '2026-11-19 10:00:00 deadbeef and A grade',
    '2026-11-19 10:00:00 SERVICE ALERT: web is down',
    '2026-11-19 10:00:00 found an ERROR: of no weight',
    '2026-11-19 10:00:00 of errors,warnings there are some',
    'mail to error@example.org came back',
    '12 [things] ERROR pages have',
    '[2026-11-19 10:00:00] I saw [it]',
    'Nov 19 10:00:00 web app[1]: error: it failed',
    'Nov 19 10:00:00 web app[1]: daemon.err is a selector',
    'Nov 19 10:00:00 web err is a word',
    'Nov 19 10:00:00 web app[1]: level of detail',
    'Error: something broke',
    'warnings=3 in total',
    '10.0.0.1 - - [19/Nov/2026:10:00:00 +0000] "GET /error HTTP/1.1" 200 5',
    '{"msg":"error","count":3}',
    '{"level":"high","msg":"x"}',
    '{"level":{"a":1},"msg":"x"}',
    '{"level":9999,"msg":"x"}',
    'key=value level',
  ])('%s', (line) => {
    const [entry] = parseText(`${line}\n`);
    expect(entry!.level).toBeNull();
  });
});

describe('no time is taken from', () => {
  test.each([
    'it took 10:30 minutes',
    'version 10.30.20 of 2024',
    'build 20261119 is ready',
    '12345678901234 is a number',
    'at 25:00:00 nothing happens',
    '2026-11-19 is a day',
    '1.795082401 is a number',
    'mail 12 of 30 sent',
    'dead.beef 0xff is a number',
    'deadbeef.deadbeef is a number',
    'May the force be with you',
    'Mon Tue Wed',
    '192.168.10.30 answered',
    '{"time":"soon","msg":"x"}',
    '{"time":true,"msg":"x"}',
    '{"ts":17,"msg":"x"}',
    '@4000 is short',
    'order 1795082401 was paid',
    'order 1795082401123 was paid',
    'the order (1795082401) was paid',
    '2026-13-01 10:00:00 no such month',
    '2026-02-30 10:00:00 no such day',
    '30.02.2026 10:00:00 no such day',
    'Feb 30 10:00:00 web app[1]: no such day',
    '10:30:00:99:12 is an address',
  ])('%s', (line) => {
    const [entry] = parseText(`${line}\n`);
    expect(entry!.timestamp).toBeNull();
  });
});

describe('the format is not', () => {
  test.each([
    ['json', '{"a":1'],
    ['json', '{"a":1} and more'],
    ['json', '{a:1}'],
    ['json', '{"a":1}}'],
    ['json', '["a"]'],
    ['json', '{}{}'],
    ['json', '{"a":01x}'],
    ['json', '{"a":01}'],
    ['json', '{"a":1.}'],
    ['json', '{"a":1e}'],
    ['json', '{"a":--1}'],
    ['json', '{"a":trux}'],
    ['json', '{"a":nulls}'],
    ['logfmt', 'it is a=b and c'],
    ['logfmt', '=a b=c'],
    ['syslog:rfc5424', '<999>1 2026-11-19T10:00:00Z h a - - - x'],
    ['syslog:rfc5424', '<34>2 2026-11-19T10:00:00Z h a - - - x'],
    ['syslog:rfc3164', '<34 Nov 19 10:00:00 h a: x'],
    ['syslog:rfc3164', 'Nov 39 10:00:00 h a: x'],
    ['access', '10.0.0.1 - - [19/Nop/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1'],
    ['access', '10.0.0.1 - - [19/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1'],
    ['klog', 'I1319 10:00:00.000000 1 a.go:1] x'],
    ['klog', 'X1119 10:00:00.000000 1 a.go:1] x'],
    ['android', '11-19 10:00:01.250  1702  2395 Q Tag: x'],
    ['audit', 'type=X msg=audit(no:1): a=b'],
    ['cef', 'CEF:0|only|three'],
    ['w3c', '#Fiels: date time'],
    ['docker', '{"log":5,"stream":"stdout"}'],
    ['cri', '2026-11-19T10:00:00Z stdout X x'],
    ['cri', '2026-11-19T10:00:00Z stdlog F x'],
    ['kernel', '[ 12.3x] usb'],
  ])('%s: %s', (format, line) => {
    const [entry] = parseText(`${line}\n`);
    expect(entry!.format).not.toBe(format);
    expect(entry!.raw).toBe(Buffer.from(`${line}\n`).toString('latin1'));
  });
});
