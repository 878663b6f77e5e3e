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
/** So much of it stays, however long the rule's name is: of one rule the group is what mails differ in. */
const GROUP_CHARACTERS_KEPT = 8;

let segmenter: Intl.Segmenter | null = null;

export function alertSubject({ rule, severity, group, opening, what }: AlertNotice): string {
  const ruleName = escapeLine(rule);
  const end = `, ${severity}`;
  const room = SUBJECT_CHARACTERS_MAX - ': '.length - end.length;
  const found = cutTo(
    escapeLine(opening.finding),
    room - Math.min(lengthOf(ruleName), RULE_CHARACTERS_MIN),
  );
  const left = room - lengthOf(found);
  const short = cutTo(ruleName, Math.max(RULE_CHARACTERS_MIN, left - groupRoom(group)));
  const where = groupText(group, left - lengthOf(short));
  const name = where === '' ? cutTo(ruleName, left) : short;
  const subject = `${name}${where}: ${found}${end}`;
  return what === 'opened' ? subject : `Re: ${subject}`;
}

/** What a group needs to be told from others of its rule. */
function groupRoom(group: AlertNotice['group']): number {
  const length = lengthOf(valuesText(group));
  return length === 0 ? 0 : ' ()'.length + Math.min(length, GROUP_CHARACTERS_KEPT);
}

function valuesText(group: AlertNotice['group']): string {
  return Object.values(group).map(escapeLine).join(', ');
}

/** ` (acme, eu)`, or as much of it as there is room for. */
function groupText(group: AlertNotice['group'], room: number): string {
  const values = valuesText(group);
  const inside = room - ' ()'.length;
  if (values === '' || inside < GROUP_CHARACTERS_MIN) return '';
  return ` (${cutTo(values, inside)})`;
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
