import { describe, expect, test } from 'vitest';
import { ruleLike } from '../../../src/rehearsal/like-entry.ts';
import { sectionText, settingsOfSuggestion } from '../../../src/rehearsal/suggestion.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const NONE: ReadonlySet<string> = new Set();

describe('ruleLike()', () => {
  test('words what lines of the same pattern have in common', () => {
    const message = 'payment 4711 of 10.0.0.7 failed after 12 ms\n    at charge (charge.js:50)';
    const rule = ruleLike({ source: 'shop', level: 'ERROR', message }, NONE)!;
    expect(sectionText(rule)).toBe(
      '[alert:payment failed after]\n' +
        'when = source:"shop" level:error "failed after" "payment"\n' +
        'severity = high\n',
    );
    expect(settingsOfSuggestion(rule)).toMatchObject({ when: rule.keys.when, severity: 'high' });
  });

  test('takes a name that no rule has, and the source where the message says nothing', () => {
    const line = { source: 'shop', level: null, message: '4711' };
    expect(ruleLike(line, NONE)).toMatchObject({
      name: 'shop',
      keys: { when: 'source:"shop"', severity: 'low' },
    });
    expect(ruleLike(line, new Set(['shop', 'shop 2']))?.name).toBe('shop 3');
    expect(ruleLike({ ...line, source: '' }, NONE)).toBeNull();
  });

  test.each(HOSTILE_TEXTS.map(({ text }) => [text]))(
    'makes of %j a section that says just that, or none',
    (text) => {
      const rule = ruleLike({ source: text.slice(0, 200), level: 'WARN', message: text }, NONE);
      expect(sectionText(rule!)).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      expect(sectionText(rule!).trim().split('\n')).toHaveLength(3);
      const alert = settingsOfSuggestion(rule!);
      if (alert !== null) expect(alert).toMatchObject({ name: rule!.name, when: rule!.keys.when });
    },
  );
});
