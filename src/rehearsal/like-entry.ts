/** A rule for lines like one that somebody looks at, in the words of `alerts suggest`: its source, its level, and what its pattern always has. */
import { escapeLine } from '../base/escape.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { Level } from '../model/level.ts';
import type { AlertSeverity } from '../model/notification.ts';
import { templateOf } from '../pattern/template.ts';
import { phrasesOf, VARYING } from './daily-lines.ts';
import { phrase, ruleName, type Suggestion } from './suggestion.ts';

const SEVERITIES: Readonly<Partial<Record<Level, AlertSeverity>>> = {
  FATAL: 'critical',
  ERROR: 'high',
  WARN: 'medium',
};

/** `taken`: names that rules have. Null: nothing of the line says what others would have in common with it. */
export function ruleLike(
  { source, level, message }: Pick<EntryRecord, 'source' | 'level' | 'message'>,
  taken: ReadonlySet<string>,
): Suggestion | null {
  const pattern = templateOf(message);
  const phrases = phrasesOf(pattern).filter(isPlain);
  const conditions = [
    ...(source === '' || !isPlain(source) ? [] : [`source:${phrase(source)}`]),
    ...(level === null ? [] : [`level:${level.toLowerCase()}`]),
    ...phrases.map(phrase),
  ];
  if (conditions.length === 0) return null;
  const name = ruleName(pattern.replace(VARYING, ' ')) || ruleName(source) || 'lines like this';
  return {
    name: freeName(name, taken),
    reason: `Lines like "${pattern}"${source === '' ? '' : ` of ${source}`}.`,
    keys: {
      when: conditions.join(' '),
      severity: (level === null ? undefined : SEVERITIES[level]) ?? 'low',
    },
  };
}

/** What a terminal or a config would take for something else is in no rule that people paste. */
function isPlain(text: string): boolean {
  return escapeLine(text) === text;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${name} ${number}`;
  return free;
}
