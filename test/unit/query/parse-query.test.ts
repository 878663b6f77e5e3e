import { describe, expect, test } from 'vitest';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { printFilter } from '../../../src/query/print-query.ts';
import { QueryError } from '../../../src/query/query-error.ts';

const CONTEXT = { nowMs: Date.UTC(2026, 10, 20, 13, 30), timezone: 'Europe/Berlin' };

describe('parseQuery() reads', () => {
  test('reads each form of the language as its canonical text', () => {
    check('', '*');
    check('  *  ', '*');
    check('timeout', 'timeout');
    check('a b', 'a b');
    check('a AND b', 'a b');
    check('a b OR c d', '(a b) OR (c d)');
    check('(a OR b) -c', '(a OR b) -c');
    check('NOT a', '-a');
    check('NOT NOT a', 'NOT -a');
    check('-(a b)', '-(a b)');
    check('"a \\"b\\" \\\\"', '"a \\"b\\" \\\\"');
    check('pre* *suf *in*', 'pre* *suf *in*');
    check('"two words"*', '"two words"*');
    check('/time(out|r)/i', '/time(out|r)/i');
    check('level:error level:Warning level:none', 'level:error level:warn level:none');
    check('level>=warn level:>=warn level=error', 'level>=warn level>=warn level:error');
    check('level:(warn OR error)', 'level:warn OR level:error');
    check('status:500 status:>=500 status>=500', 'status:500 status:>=500 status:>=500');
    check('duration:[100 TO 500] duration:[1 TO 5}', 'duration:[100 TO 500] duration:[1 TO 5}');
    check('duration:[100 TO *] duration:[* TO 9]', 'duration:>=100 duration:<=9');
    check('duration:[* TO *] duration:*', 'has:duration has:duration');
    check('user:(anna OR *ben*)', 'user:anna OR user:*ben*');
    check('message:(time* -out)', 'message:time* -message:out');
    check('path:=/api path:/api/*', 'path:="/api" path:"/api/"*');
    check('"my key":v "level":v', '"my key":v "level":v');
    check('source:nginx/* file:*.log tag:web', 'source:nginx/* file:*".log" tag:web');
    check('has:trace has:level has:tag', 'has:trace -level:none tag:*');
    check('since:1h', 'since:2026-11-20T12:30:00.000000Z');
    check(
      'since:"2026-11-20 12:00" until:today',
      'since:2026-11-20T11:00:00.000000Z until:2026-11-19T23:00:00.000000Z',
    );
  });

  test('reads key!=value as what is not equal, with entries that have no such field', () => {
    check('level!=error level:!=Warning', '-level:error -level:warn');
    check('level!=none -level!=none', '-level:none NOT -level:none');
    check('level:(!=info)', '-level:info');
    check('status!=404 status:!=404', '-status:=404 -status:=404');
    check('user.id!="a b" user!=""', '-user.id:="a b" -user:=""');
    check('path!=/api/* path!=*', '-path:"/api/"* -has:path');
    check('source!=nginx/* file:!=*.log tag!=web', '-source:nginx/* -file:*".log" -tag:web');
    check('"my key"!=v "level":!=v', '-"my key":=v -"level":=v');
    check('"my key">=5 "my key"=5', '"my key":>=5 "my key=5"');
    check('"status!=404" a !== b a!==b', '"status!=404" a "!==" b "a!==b"');
  });

  test('reads a name of letters in any script as a field', () => {
    check('größe:5 größe>4 größe!=3', 'größe:5 größe:>4 -größe:=3');
    check('用户.名字:Li éclat:(a OR b)', '用户.名字:Li (éclat:a OR éclat:b)');
    check('nai\u0308ve:5 has:größe', 'nai\u0308ve:5 has:größe');
    check('größe größe:: größe://x', 'größe "größe::" "größe://x"');
    check('"größe:5" 5größe:1', '"größe:5" "5größe:1"');
  });

  test('reads what people paste as a phrase of that text', () => {
    check('10.0.0.1:8080', '"10.0.0.1:8080"');
    check('http://x/y', '"http://x/y"');
    check('user@host foo-bar', 'user@host foo-bar');
    check('std::string', '"std::string"');
    check('a->b --verbose - x', '"a->b" "--verbose" "-" x');
    check('/api/users', '"/api/users"');
    check('/[a', '"/[a"');
    check('/[a/b', '"/[a/b"');
    check('"/[a/"', '"/[a/"');
    check('/[a/ x]', '"/[a/" "x]"');
    check('status=500', '"status=500"');
    check('not found or and', 'not found or and');
  });
});

describe('parseQuery() refuses', () => {
  test('names the column, what was expected and a suggestion', () => {
    refuse('level>=eror x', {
      column: 8,
      expected: /^a level \(trace, debug/,
      suggestion: 'error',
    });
    refuse('é "open', { column: 3, expected: /closing "/ });
    refuse('(a', { column: 1, expected: /closing \)/ });
    refuse('a)', { column: 2, expected: /no \) here/ });
    refuse('()', { column: 1, expected: /between \( and \)/ });
    refuse('a OR', { column: 5, expected: /something to look for/ });
    refuse('OR a', { column: 1, expected: /before OR/ });
    refuse('a || b', { column: 3, expected: /OR/, suggestion: 'OR' });
    refuse('a && b', { column: 3, expected: /something/, suggestion: 'AND' });
    refuse('a*b', { column: 1, expected: /only at the ends/, suggestion: '/a.*b/i' });
    refuse('""', { column: 1, expected: /text between the quotes/ });
    refuse('x: y', { column: 3, expected: /a value right after "x:"/ });
    refuse('status:>=fast', { column: 10, expected: /a number/ });
    refuse('status!= 404', { column: 9, expected: /a value right after "status!="/ });
    refuse('status:!=', { column: 10, expected: /a value right after "status!="/ });
    refuse('user!=(a OR b)', { column: 7, expected: /a value/, suggestion: '-user:( … )' });
    refuse('level!=eror', { column: 8, expected: /a level/, suggestion: 'error' });
    refuse('since!=1h', { column: 6, expected: /no != behind "since"/, suggestion: '-since:…' });
    refuse('has:!=x', { column: 5, expected: /no != behind "has"/, suggestion: '-has:…' });
    refuse('size:>=12kB', { column: 8, expected: /a number/, suggestion: '12' });
    refuse('a:[5 TO 1]', { column: 4, expected: /smaller number first/, suggestion: '[1 TO 5]' });
    refuse('a:[5 1]', { column: 3, expected: /a range/ });
    refuse('since:yesterdy', { column: 7, expected: /a time/, suggestion: 'yesterday' });
    refuse('level:warn,error', {
      column: 7,
      expected: /a level/,
      suggestion: 'level:(warn OR error)',
    });
    refuse('level:(warn error)', { column: 13, expected: /OR between two names/ });
    refuse('/(a/', { column: 1, expected: /unterminated group/ });
    refuse('x /[a/ y', { column: 3, expected: /unterminated character class/ });
    refuse('path:/[/]b[a/i', { column: 6, expected: /unterminated character class/ });
    refuse('/(a)\\1/', { column: 1, expected: /not available/ });
    refuse('/(?<!foo)bar/', { column: 1, expected: /look-behind/ });
    refuse('/(?<=foo)bar/i', { column: 1, expected: /look-behind/ });
    expect(() => parseQuery('/(?<name>x)[(?<=]\\\\(?<y>z)/', CONTEXT)).not.toThrow();
    refuse('/\\p{L}/', { column: 1, expected: /not available/ });
  });

  test('refuses as a level what every object of JavaScript has', () => {
    for (const name of ['constructor', '__proto__']) {
      refuse(`level:${name}`, { column: 7, expected: /^a level \(trace/ });
      refuse(`level>=${name}`, { column: 8, expected: /^a level \(trace/ });
    }
  });

  test('refuses a text or a nesting that is too large', () => {
    refuse('a '.repeat(20_000), { column: 16 * 1024 + 1, expected: /at most 16384 characters/ });
    refuse(`${'('.repeat(200)}a${')'.repeat(200)}`, {
      column: 102,
      expected: /at most 100 levels/,
    });
    refuse(`${'NOT '.repeat(200)}a`, { column: 405, expected: /at most 100 levels/ });
  });

  test('shows the message and the hint that people read', () => {
    const error = failureOf('level>=eror');
    expect(error.message).toBe(
      'Cannot read the query "level>=eror": column 8: expected a level (trace, debug, info, warn, error, fatal)',
    );
    expect(error.hint).toBe('Did you mean error?');
  });
});

function check(text: string, want: string): void {
  const { filter } = parseQuery(text, CONTEXT);
  expect(printFilter(filter)).toBe(want);
  expect(parseQuery(want, CONTEXT).filter).toEqual(filter);
}

function refuse(
  text: string,
  want: Readonly<{ column: number; expected: RegExp; suggestion?: string }>,
): void {
  const error = failureOf(text);
  expect({ text: text.slice(0, 40), column: error.column }).toEqual({
    text: text.slice(0, 40),
    column: want.column,
  });
  expect(error.expected).toMatch(want.expected);
  if (want.suggestion !== undefined) expect(error.suggestion).toBe(want.suggestion);
}

function failureOf(text: string): QueryError {
  try {
    parseQuery(text, CONTEXT, { stages: true });
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`"${text.slice(0, 40)}" was accepted`);
}

test('parseQuery() takes for the name of a field behind stages what it takes before them', () => {
  for (const name of ['größe', 'नाम', 'nai\u0308ve', '用户.名字']) {
    const query = parseQuery(`${name}:5 | count by ${name}`, CONTEXT, { stages: true });
    expect(query).toMatchObject({
      filter: { kind: 'field', key: name },
      stages: [{ kind: 'count', by: [name] }],
    });
  }
});

test('parseQuery() says of a number behind a stage what is allowed there', () => {
  const most = /^a number from 1 to 1000000$/;
  refuse('a | patterns 99999999999', { column: 14, expected: most });
  refuse('a | top 99999999999 path', { column: 9, expected: most });
  refuse('a | context -1', { column: 13, expected: /^a number from 0 to 100$/ });
  refuse('a | timechart 5', { column: 15, expected: /^a step such as 10s/ });
});

test('parseQuery() says what a stage of another language is called here', () => {
  const stage = /^a stage \(count, /;
  refuse('* | head 5', { column: 5, expected: stage, suggestion: 'limit' });
  refuse('* | Where x', {
    ...{ column: 5, expected: stage },
    suggestion: 'a condition in front of the |',
  });
  refuse('* | dc user', { column: 5, expected: stage, suggestion: 'distinct' });
  refuse('* | cuont', { column: 5, expected: stage, suggestion: 'count' });
  refuse('* | count() by host', {
    ...{ column: 10, expected: /^no parentheses behind count$/ },
    suggestion: 'count, or count by NAME',
  });
  refuse('* | avg(took) by host', {
    ...{ column: 8, expected: /^no parentheses behind avg$/ },
    suggestion: 'avg NAME, or avg NAME by NAME',
  });
});
