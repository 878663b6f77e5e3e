import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regexLiterals } from '../../../src/query/regex-literals.ts';

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
  check('10\\.0\\.0\\.7', [['10.0.0.7']]);
  check('[abc]def[)]ghi', [['def', 'ghi']]);
  check('^\\[error\\]$', [['[error]']]);
  check('error|\\d+', []);
  check('a.b', []);
  check('über.*Straße', [['ber', 'Stra']]);
  check('', []);
  check('(unclosed', [['unclosed']]);
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
