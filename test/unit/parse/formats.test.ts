/** One line of each format as its program prints it, and what the parser must make of it. */
import { describe, expect, test } from 'vitest';
import { parseText } from '../../support/parse.ts';

type Expected = Readonly<{
  timestamp?: string | null;
  level?: string | null;
  message?: string;
  severity?: number;
  metadata?: Readonly<Record<string, unknown>>;
}>;

function check(line: string, expected: Expected): void {
  test(`parses ${line.slice(0, 90)}`, () => {
    const entries = parseText(`${line}\n`);
    expect(entries).toHaveLength(1);
    const [entry] = entries;
    expect(entry).toMatchObject(expected);
    expect(entry!.raw).toBe(Buffer.from(`${line}\n`).toString('latin1'));
  });
}

describe('JSON', () => {
  check(
    '{"level":30,"time":1700000000123,"pid":7,"hostname":"web-1","req":{"id":"r1","method":"GET"},"msg":"request completed"}',
    {
      timestamp: '2023-11-14T22:13:20.123Z',
      level: 'INFO',
      message: 'request completed',
      metadata: { pid: 7, hostname: 'web-1', 'req.id': 'r1', 'req.method': 'GET' },
    },
  );
  check(
    '{"name":"pay","hostname":"h","pid":1,"level":50,"msg":"no","time":"2024-01-15T10:00:00.000Z","v":0}',
    { level: 'ERROR', metadata: { component: 'pay' } },
  );
  check('{"@t":"2024-01-15T10:00:00.1234567Z","@mt":"User {Id} in","@l":"Warning","Id":5}', {
    timestamp: '2024-01-15T10:00:00.123456Z',
    level: 'WARN',
    message: 'User {Id} in',
  });
  check('{"@timestamp":"2025-01-13T09:58:13.631Z","log.level":"debug","message":"num=39"}', {
    level: 'DEBUG',
    message: 'num=39',
  });
  check('{"t":{"$date":"2026-03-10T20:58:09.401+02:00"},"s":"I","c":"NETWORK","id":1,"msg":"ok"}', {
    timestamp: '2026-03-10T18:58:09.401Z',
    level: 'INFO',
    metadata: { component: 'NETWORK' },
  });
  check('{"ts":1716723772.6014807,"level":"error","logger":"http","msg":"a\\u00e9\\n\\"b\\""}', {
    timestamp: '2024-05-26T11:42:52.601480Z',
    message: 'aé\n"b"',
    metadata: { logger: 'http', component: 'http' },
  });
  check(
    '{"version":"1.1","host":"h","short_message":"disk","timestamp":1385053862.3072,"level":1}',
    {
      level: 'FATAL',
      message: 'disk',
    },
  );
  check(
    '{"message":"x","context":{},"level":200,"level_name":"INFO","datetime":"2024-01-15T10:30:00+00:00"}',
    {
      level: 'INFO',
      timestamp: '2024-01-15T10:30:00.000Z',
    },
  );
  for (const date of ['2026-03-07', '07.03.2026', '7 Mar 2026']) {
    for (const members of [
      `"date":"${date}","time":"10:30:00"`,
      `"time":"10:30:00","date":"${date}"`,
    ]) {
      check(`{${members},"level":"info","msg":"two fields"}`, {
        timestamp: '2026-03-07T10:30:00.000Z',
        message: 'two fields',
        metadata: { date },
      });
    }
  }
  check('{"a":[1,{"b":2}],"msg":"list","ok":true,"none":null}', {
    timestamp: null,
    metadata: { a: [1, { b: 2 }], ok: true, none: null },
  });
});

describe('a message that is no text', () => {
  check('{"level":"info","msg":42,"a":1}', { message: '42', metadata: { a: 1 } });
  check('{"level":"info","message":-0.5}', { message: '-0.5', metadata: {} });
  check('{"level":"info","message":true}', { message: 'true', metadata: {} });
  check('level=info msg=42', { message: '42', metadata: {} });
  // A text says more, whatever its name and wherever it stands.
  check('{"msg":42,"text":"the answer"}', { message: 'the answer', metadata: { msg: 42 } });
  check('{"message":"the answer","msg":42}', { message: 'the answer', metadata: { msg: 42 } });
  // Under other names a number is that of something.
  check('{"level":"info","event":4624}', {
    message: '{"level":"info","event":4624}',
    metadata: { event: 4624 },
  });
});

describe('an object with more members than an entry has fields', () => {
  const members = Array.from({ length: 300 }, (_, index) => `"k${index}":"v${index}"`);

  test('gives time, level and message wherever they stand, and the others as one text', () => {
    const line = `{${members.join(',')},"err":{"code":"E7"},"time":"2026-11-19T10:00:00Z","level":"error","msg":"no"}`;
    const [entry] = parseText(`${line}\n`);
    expect(entry).toMatchObject({
      timestamp: '2026-11-19T10:00:00.000Z',
      level: 'ERROR',
      message: 'no',
      metadata: { k0: 'v0', k255: 'v255' },
    });
    const { rest, ...others } = entry!.metadata;
    expect(rest).toBe(line.slice(line.indexOf('"k256"'), -1));
    expect(Object.keys(others)).toHaveLength(256);
  });

  test('has none of that where the whole line is its message', () => {
    const [entry] = parseText(`{${members.join(',')}}\n`);
    expect(entry!.metadata).not.toHaveProperty('rest');
    expect(entry!.message).toContain('"k299":"v299"');
  });

  test('is the same behind a text', () => {
    const [entry] = parseText(`2026-11-19T10:00:00Z\tINFO\tup\t{${members.join(',')}}\n`);
    expect(entry!.message).toBe('up');
    expect(entry!.metadata).toHaveProperty('rest', members.slice(256).join(','));
  });

  test('is the same for keys that the table has no room for', () => {
    const long = 'k'.repeat(300);
    const line = `{"msg":"up","a":1,"${long}":"found","b":2}\n`;
    for (const entry of parseText(line.repeat(3))) {
      expect(entry.metadata).toEqual({ a: 1, b: 2, rest: `"${long}":"found","b":2` });
    }
  });
});

describe('logfmt', () => {
  check(
    'ts=2024-05-02T12:17:25.606619951Z caller=http.go:194 level=debug orgID=12 msg="POST (200) 3ms"',
    {
      timestamp: '2024-05-02T12:17:25.606619Z',
      level: 'DEBUG',
      message: 'POST (200) 3ms',
      metadata: { orgID: 12 },
    },
  );
  check('t=2020-10-19T17:44:33+0200 lvl=eror msg="Invalid \\"user\\"" uname= error="x"', {
    timestamp: '2020-10-19T15:44:33.000Z',
    level: 'ERROR',
    message: 'Invalid "user"',
  });
});

describe('syslog', () => {
  check('<34>1 2024-01-15T10:30:00.003Z web su 77 ID47 [ex@1 iut="3" s="A"] failed for lonvick', {
    timestamp: '2024-01-15T10:30:00.003Z',
    level: 'FATAL',
    message: 'failed for lonvick',
    metadata: { host: 'web', component: 'su', pid: 77, 'ex@1.iut': '3' },
  });
  check('<13>Oct 11 22:14:15 mymachine su[12]: failed', {
    timestamp: '2026-10-11T22:14:15.000Z',
    level: 'INFO',
    message: 'failed',
    metadata: { host: 'mymachine', component: 'su', pid: 12 },
  });
  check('Dec  6 13:01:34 ubu-mac avahi-daemon[786]: Joining error', {
    timestamp: '2025-12-06T13:01:34.000Z',
    level: null,
    message: 'Joining error',
  });
  check('2023-10-05T11:47:20.799042+02:00 leto kernel: [869507.5] su: segfault', {
    timestamp: '2023-10-05T09:47:20.799042Z',
    message: '[869507.5] su: segfault',
    metadata: { host: 'leto', component: 'kernel' },
  });

  test('knows a line of RFC 5424 among many of RFC 3164', () => {
    const old = Array.from({ length: 9 }, () => '<13>Oct 11 22:14:15 web su[12]: failed');
    const lines = [
      ...old,
      '<34>1 2024-01-15T10:30:00.003Z web su 77 ID47 - for lonvick',
      '<6>1 up',
    ];
    expect(parseText(lines.join('\n')).slice(9)).toMatchObject([
      {
        timestamp: '2024-01-15T10:30:00.003Z',
        level: 'FATAL',
        message: 'for lonvick',
        metadata: { host: 'web', component: 'su', pid: 77 },
      },
      { timestamp: null, level: 'INFO', message: '1 up' },
    ]);
  });
});

describe("a level behind syslog's stamp, where it has its host", () => {
  test.each([
    ['ERROR it failed', { level: 'ERROR', message: 'it failed' }],
    ['INFO: it failed', { level: 'INFO', message: 'it failed' }],
    ['[warn] it failed', { level: 'WARN', message: 'it failed' }],
    ['[ info ] it failed', { level: 'INFO', message: 'it failed' }],
    ['[main] WARN c.e.App - it failed', { level: 'WARN', message: 'it failed' }],
    ['ERROR app[12]: it failed', { level: 'ERROR', metadata: { component: 'app', pid: 12 } }],
    // Machines may be called so.
    ['debug app: it failed', { level: null, metadata: { host: 'debug', component: 'app' } }],
    ['WARNER app: it failed', { level: null, metadata: { host: 'WARNER', component: 'app' } }],
    ['[main] it failed', { level: null, message: '[main] it failed' }],
  ])('%s', (text, expected) => {
    const own = `Nov 20 10:30:00 ${text}\n`;
    const read = { timestamp: '2026-11-20T10:30:00.000Z', ...expected };
    // Alone, in a log of such lines, and in one of another kind.
    expect(parseText(own)).toMatchObject([read]);
    expect(parseText(own.repeat(90))).toMatchObject(new Array(90).fill(read));
    const others = 'Nov 20 10:29:59 web sshd[7]: session opened\n'.repeat(90);
    expect(parseText(`${others}${own}`).at(-1)).toMatchObject(read);
  });
});

describe('a date and a time before words and a colon', () => {
  for (const stamp of ['2026-11-20 10:30:00', '2026/11/20 10:30:00']) {
    check(`${stamp} Connection closed: by the peer`, {
      timestamp: '2026-11-20T10:30:00.000Z',
      message: 'Connection closed: by the peer',
      metadata: {},
    });
    check(`${stamp} web sshd[77]: closed`, {
      message: 'closed',
      metadata: { host: 'web', component: 'sshd', pid: 77 },
    });
  }
});

describe('a text that speaks of a time', () => {
  for (const text of [
    'Started GET "/orders" for 127.0.0.1 at 2026-11-20 10:30:00 +0000',
    'backup finished at 2026-11-20 10:30:00',
    'finished: 2026-11-20 10:30:00',
    'last run at 2026-11-20 10:30:00 took 5 s',
    'Job "x" (started 2026-11-20 10:30:00) is late',
  ]) {
    check(text, { timestamp: '2026-11-20T10:30:00.000Z', message: text });
  }
  check('shop-1  | 2026-11-20 10:30:00 up', { message: 'up', metadata: { component: 'shop-1' } });
  check('0|shop   | 2026-11-20T10:30:00: up', { message: 'up', metadata: { component: '0|shop' } });
  check('shop sshd 2026-11-20 10:30:00 INFO up', { level: 'INFO' });
  check('shop-1 2026-11-20 10:30:00', { message: '' });
});

describe('a line of another format behind a time or a name', () => {
  const OBJECT = '{"level":"error","msg":"it broke","n":7}';
  const PAIRS = 'level=error msg="it broke" n=7';
  for (const line of [OBJECT, PAIRS]) {
    check(`2026-11-20T10:30:00.123456789Z ${line}`, {
      timestamp: '2026-11-20T10:30:00.123456Z',
      level: 'ERROR',
      message: 'it broke',
      metadata: { n: 7 },
    });
    for (const name of ['shop-1  |', '[pod/shop-1]']) {
      check(`${name} ${line}`, { level: 'ERROR', message: 'it broke', metadata: { n: 7 } });
    }
  }
  check('shop-1  | {"time":"2026-11-20T10:30:00.123Z","level":"info","msg":"up"}', {
    timestamp: '2026-11-20T10:30:00.123Z',
    level: 'INFO',
    message: 'up',
    metadata: { component: 'shop-1' },
  });
  check('Answered {"time":"2026-11-20T10:30:00.123Z","code":5}', {
    timestamp: '2026-11-20T10:30:00.123Z',
    message: 'Answered {"time":"2026-11-20T10:30:00.123Z","code":5}',
  });
  check('2026-11-20 10:30:00 {"a":1} and more', { message: '{"a":1} and more', metadata: {} });
});

describe('an access log through the logging of Python', () => {
  const read = { client: '10.0.0.1', method: 'GET', path: '/a', component: 'werkzeug' };
  check('INFO:werkzeug:10.0.0.1 - - [30/Nov/2026 10:30:00] "GET /a HTTP/1.1" 500 -', {
    timestamp: '2026-11-30T10:30:00.000Z',
    level: 'INFO',
    severity: 20,
    message: 'GET /a HTTP/1.1',
    metadata: { ...read, status: 500 },
  });
  test('has its levels in a whole file of them', () => {
    const line =
      'WARNING:werkzeug:10.0.0.1 - - [30/Nov/2026:10:30:00 +0000] "GET /a HTTP/1.1" 200 5';
    for (const entry of parseText(`${line}\n`.repeat(9))) {
      expect(entry).toMatchObject({ level: 'WARN', message: 'GET /a HTTP/1.1', metadata: read });
    }
  });
});

describe('access logs', () => {
  check('127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?b=1 HTTP/1.0" 200 2326', {
    timestamp: '2000-10-10T20:55:36.000Z',
    level: null,
    severity: 20,
    message: 'GET /a.gif?b=1 HTTP/1.0',
    metadata: { client: '127.0.0.1', user: 'frank', method: 'GET', status: 200, bytes: 2326 },
  });
  check(
    'www.example.com 10.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "POST /x HTTP/1.1" 503 0 "-" "curl/8" 0.004',
    {
      level: null,
      severity: 40,
      metadata: {
        vhost: 'www.example.com',
        client: '10.2.3.4',
        user_agent: 'curl/8',
        duration: 0.004,
      },
    },
  );
});

describe('access logs with ISO stamps', () => {
  check('10.0.0.1 - bob [2026-11-20T10:30:00+01:00] "GET /a HTTP/1.1" 503 5 "-" "curl/8"', {
    timestamp: '2026-11-20T09:30:00.000Z',
    severity: 40,
    message: 'GET /a HTTP/1.1',
    metadata: { client: '10.0.0.1', user: 'bob', status: 503, bytes: 5, user_agent: 'curl/8' },
  });
  check('worker-7 [2026-11-20T10:30:00+01:00] "shop" is up', {
    timestamp: '2026-11-20T09:30:00.000Z',
    message: '"shop" is up',
  });
});

describe('text', () => {
  check('2025-01-15 10:30:00,000 - myapp.db - WARNING - slow', {
    level: 'WARN',
    message: 'slow',
    metadata: { component: 'myapp.db' },
  });
  check('2015-10-18 18:01:47,978 INFO [main] org.apache.hadoop.MRAppMaster: Created', {
    level: 'INFO',
    message: 'Created',
    metadata: { component: 'org.apache.hadoop.MRAppMaster', thread: 'main' },
  });
  check('[2018-05-17T08:29:12,177][WARN ][o.e.n.Node   ] [node-1] master left', {
    level: 'WARN',
    metadata: { component: 'o.e.n.Node' },
  });
  check('I0507 12:04:17.597069       1 server.go:169] "Started" n=0', {
    level: 'INFO',
    timestamp: '2026-05-07T12:04:17.597069Z',
    message: '"Started" n=0',
    metadata: { component: 'server.go', thread: 1 },
  });
  check('ERROR:root:it broke', { level: 'ERROR', message: 'it broke', timestamp: null });
  for (const text of ['timeout: 5s', 'started', '42', '{"a":1}', 'a: b: c', '[3/5] copied']) {
    check(`WARNING:app.orders:${text}`, {
      level: 'WARN',
      message: text,
      metadata: { component: 'app.orders' },
    });
  }
  check('INFO:app.py:12:up', { message: 'up', metadata: { component: 'app.py', line: 12 } });
  check('INFO:shop::cart: up', { message: 'up', metadata: { component: 'shop::cart' } });
  for (const text of [
    'java.io.IOException: gone',
    'requests.exceptions.ReadTimeoutError: too late',
    '[3/5] Copying',
    '<html>&amp;</html>',
    '(re)starting it',
  ]) {
    check(`2026-11-20 10:30:00,000 ERROR ${text}`, { level: 'ERROR', message: text, metadata: {} });
    check(`2026-11-20 10:30:00.000 UTC [77] bob@shop ERROR:  ${text}`, {
      level: 'ERROR',
      message: text,
      metadata: { pid: 77, user: 'bob', database: 'shop' },
    });
  }
  check('nothing but words, an error among them', {
    level: null,
    timestamp: null,
    message: 'nothing but words, an error among them',
  });
});
