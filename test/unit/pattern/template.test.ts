/** Masking: what varies becomes a placeholder, what people wrote stays. */
import { describe, expect, test } from 'vitest';
import { TEMPLATE_BYTES_MAX, TemplateMasker, templateOf } from '../../../src/pattern/template.ts';

function check(text: string, template: string): void {
  test(`templateOf() of ${JSON.stringify(text.slice(0, 60))}`, () => {
    expect(templateOf(text)).toBe(template);
  });
}

describe('templateOf', () => {
  check('', '');
  check('server started', 'server started');
  check('   padded   twice  ', 'padded twice');
  check('after 30000 ms', 'after <n> ms');
  check('took 1,234,567 rows', 'took <n> rows');
  check('balance -5 and +3.25', 'balance <n> and <n>');
  check('load 99.5%', 'load <n>%');
  check('took 30ms, then 1h5m', 'took <duration>, then <duration>');
  check('backup finished, 41.2 GB in 00:38:07', 'backup finished, <size> in <time>');
  check('read 512KiB', 'read <size>');
  check('read 512 bytes', 'read <n> bytes');
  check('trace=02aa71 span=0x1f', 'trace=<id> span=<id>');
  check('id 5f0c1f2e-8f3a-4c1d-9b2e-0123456789ab gone', 'id <id> gone');
  check('from 10.0.0.1:8080 to 192.168.1.20.', 'from <ip> to <ip>.');
  check('peer fe80::1ff:fe23:4567:890a left', 'peer <ip> left');
  check('mac 00:1b:44:11:3a:b7', 'mac <id>');
  check('at 2026-11-20T13:56:04.118Z', 'at <time>');
  check('on 2026/11/20 and 13:56:04', 'on <time> and <time>');
  check('POST /charge failed', 'POST <route> failed');
  check('POST /charge/17?a=1&b=x failed', 'POST <route> failed');
  check('cannot open /var/lib/app/db', 'cannot open <path>');
  check('fetch "https://example.org/a/b?c=1"', 'fetch "<text>"');
  check('fetch https://example.org/a/b?c=d#e', 'fetch <url>');
  check('mail to ops@example.org bounced', 'mail to <email> bounced');
  check('user "alice" said \'no\'', 'user "<text>" said \'<text>\'');
  check("can't open, it isn't there", "can't open, it isn't there");
  check('{"user":"alice","n":3}', '{"user":"<text>","n":<n>}');
  check('worker-17 on node_12.rack7', 'worker-<n> on node_<n>.rack<n>');
  check('HTTP/1.1 nginx/1.18.0 v2.3.4', 'HTTP/<n> nginx/<n> v<n>');
  check('application/json and/or', 'application/json and/or');
  check('request req8f3a2bXk9z ended', 'request <id> ended');
  check('port 80: taken', 'port <n>: taken');
  check('größe 17 überschritten', 'größe <n> überschritten');
  check('boom\n    at f (a.js:1:2)', 'boom');
  check('facade added', 'facade added');
  check('an "unclosed quote', 'an "unclosed quote');
});

test('templateOf() bounds its result and cuts between characters', () => {
  for (let pad = 0; pad < 4; pad += 1) {
    const template = templateOf('x'.repeat(pad) + 'ö€'.repeat(300));
    expect(Buffer.byteLength(template)).toBeLessThanOrEqual(TEMPLATE_BYTES_MAX + 3);
    expect(template).not.toContain('\uFFFD');
    expect(template.endsWith('…')).toBe(true);
  }
});

test('TemplateMasker gives the same template wherever the message stands in the buffer', () => {
  const message = Buffer.from('"x" GET /a/1 from 10.1.2.3 took 12');
  const masker = new TemplateMasker();
  masker.mask(message, 0, message.length);
  const alone = masker.text();
  const around = Buffer.concat([Buffer.from('x97'), message, Buffer.from(' kB"/:')]);
  masker.mask(around, 3, 3 + message.length);
  expect(masker.text()).toBe(alone);
});
