/**
 * The subject of an alert mail: `payments-timeouts: 5 in 68 s, high`, in what a lock screen shows of it.
 *
 * Severity and what was found stay; the rule's name and the group give way, in that order of importance.
 */
import { escapeLine } from '../base/escape.ts';
import type { AlertNotice } from '../model/notification.ts';

/** Characters as people count them that fit a lock screen. */
export const SUBJECT_CHARACTERS_MAX = 45;

/** So much of the rule's name stays, however long the finding is. */
const RULE_CHARACTERS_MIN = 12;
/** Less of a group's value than this says nothing. */
const GROUP_CHARACTERS_MIN = 4;

let segmenter: Intl.Segmenter | null = null;

export function alertSubject({ rule, severity, group, opening, what }: AlertNotice): string {
  const ruleName = escapeLine(rule);
  const end = `, ${severity}`;
  const room = SUBJECT_CHARACTERS_MAX - ': '.length - end.length;
  const found = cutTo(
    escapeLine(opening.finding),
    room - Math.min(lengthOf(ruleName), RULE_CHARACTERS_MIN),
  );
  const name = cutTo(ruleName, room - lengthOf(found));
  const where = groupText(group, room - lengthOf(found) - lengthOf(name));
  const subject = `${name}${where}: ${found}${end}`;
  return what === 'opened' ? subject : `Re: ${subject}`;
}

/** ` (acme, eu)`, or as much of it as there is room for. */
function groupText(group: AlertNotice['group'], room: number): string {
  const values = Object.values(group).map(escapeLine);
  const inside = room - ' ()'.length;
  if (values.length === 0 || inside < GROUP_CHARACTERS_MIN) return '';
  return ` (${cutTo(values.join(', '), inside)})`;
}

/** How many characters a reader counts. */
export function lengthOf(text: string): number {
  return [...charactersOf(text)].length;
}

/** Made with the first subject: it takes 40 ms of a start that most often has none to write. */
function charactersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

export function cutTo(text: string, charactersMax: number): string {
  const characters: string[] = [];
  for (const { segment } of charactersOf(text)) {
    characters.push(segment);
    if (characters.length > charactersMax) {
      return `${characters.slice(0, Math.max(0, charactersMax - 1)).join('')}…`;
    }
  }
  return text;
}
