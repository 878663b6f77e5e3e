import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldedRegexLiterals, regexLiterals } from '../../../src/query/regex-literals.ts';
import { foldText } from '../../../src/query/words.ts';

describe('regexLiterals()', () => {
  function check(source: string, want: string[][]): void {
    test(JSON.stringify(source), () => expect(regexLiterals(source)).toEqual(want));
  }

  check('connection refused', [['connection refused']]);
  check('conn\\w+ refused|ECONNREF', [['conn', ' refused'], ['ECONNREF']]);
  check('time(out)? after \\d+ms', [['time', ' after ']]);
  check('timed? out', [['time', ' out']]);
  check('abc+def', [['abc', 'def']]);
  check('abcd*efg', [['abc', 'efg']]);
  check('abc{0,3}def', [['def']]);
  check('abc{2}def', [['abc', 'def']]);
  check('(?:error|fatal): disk', [[': disk']]);
  check('(?<what>disk full)+ on /dev', [['disk full', ' on /dev']]);
  check('(?<!ignored )timeout', [['timeout']]);
  check('(?<=disk )full', [['full']]);
  check('10\\.0\\.0\\.7', [['10.0.0.7']]);
  check('[abc]def[)]ghi', [['def', 'ghi']]);
  check('^\\[error\\]$', [['[error]']]);
  check('error|\\d+', []);
  check('a.b', []);
  check('über.*Straße', [['ber', 'Stra']]);
  check('', []);
  check('(unclosed', [['unclosed']]);
  check('\\101pache', [['pache']]);
  check('disk\\101234', [['disk', '234']]);
  check('disk\\4012', [['disk']]);
  check('disk\\0101 full', [['disk', '1 full']]);
  check('(disk)\\1234', [['disk']]);
  check('disk\\8123', [['disk', '123']]);
});

test('regexLiterals() names only what every match holds', () => {
  const atom = fc.constantFrom(
    'abc',
    'de',
    'f+',
    'g?',
    'hi*',
    '[jk]',
    '(lmn|op)',
    '(qrs)?',
    '(?:tuv)',
    '\\.',
    '\\d',
    '|',
    'w{2}',
    'xyz',
    ...['\\1', '\\101', '\\1234', '\\400', '\\012', '\\8', '123'],
  );
  const text = fc
    .array(
      fc.constantFrom(
        'abc',
        'de',
        'f',
        'g',
        'hi',
        'j',
        'lmn',
        'op',
        'qrs',
        'tuv',
        '.',
        '7',
        'ww',
        'xyz',
        ...['\x01', 'A', 'S4', ' 0', '\n', '8', '123'],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(atom, { maxLength: 6 }), text, (atoms, candidate) => {
      const source = atoms.join('');
      const literals = regexLiterals(source);
      if (literals.length === 0 || !new RegExp(source).test(candidate)) return;
      expect(literals.some((all) => all.every((literal) => candidate.includes(literal)))).toBe(
        true,
      );
    }),
    { numRuns: 3000 },
  );
});

describe('foldedRegexLiterals()', () => {
  function check(source: string, want: string[][]): void {
    test(JSON.stringify(source), () => expect(foldedRegexLiterals(source)).toEqual(want));
  }

  check('Sync', [['syn']]);
  check('sync ', [['sync ']]);
  check('sync[a-z]* .{0,12}[0-9]{2}', [['sync']]);
  check('sync\\b', [['syn']]);
  check('sync\\b:', [['sync']]);
  check('sync\\w*$', [['sync']]);
  check('sync.', [['syn']]);
  check('sync[^a]', [['syn']]);
  check('sync[aé]', [['syn']]);
  check('sync[\\x41]', [['syn']]);
  check('sync\\101pache', [['syn', 'pach']]);
  check('sync\\S', [['syn']]);
  check('sync(hing)', [['syn', 'hin']]);
  check('sync+e', [['sync']]);
  check('disk|sync\\s', [['dis'], ['sync']]);
});

test('foldedRegexLiterals() names only what the folded text of a match holds', () => {
  const atom = fc.constantFrom(
    ...['abc', 'de', 'e+', 'e?', '[a-z]*', '[^x]', '.', '\\b', '\\s', '$', '|', '(abc)', 'é'],
  );
  const part = fc.constantFrom('abc', 'de', 'e', '\u0301', 'é', ' ', '\n', 'z');
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
  let matchCount = 0;
  fc.assert(
    fc.property(fc.array(atom, { maxLength: 5 }), text, (atoms, candidate) => {
      const source = atoms.join('');
      let expression: RegExp;
      try {
        expression = new RegExp(source, 'm');
      } catch {
        return;
      }
      const literals = foldedRegexLiterals(source);
      if (literals.length === 0 || !expression.test(candidate)) return;
      matchCount += 1;
      const folded = foldText(candidate);
      expect(literals.some((all) => all.every((literal) => folded.includes(literal)))).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(matchCount).toBeGreaterThan(200);
});
