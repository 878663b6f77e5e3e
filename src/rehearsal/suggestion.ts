/** A rule that somebody may want: what it is about, as a section of the config, and why. */

import { escapeLine } from '../base/escape.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import { minimalConfig } from '../config/config-template.ts';
import { settingsFromText } from '../config/load-settings.ts';

export type Suggestion = Readonly<{
  name: string;
  /** What was seen, in a sentence. */
  reason: string;
  /** Keys and values, in the order in which people write them. */
  keys: Readonly<Record<string, string>>;
}>;

/** Names are part of the text of a config. */
const NAME_CHARACTERS_MAX = 60;

/** A text as the name of a rule: on one line, without brackets. */
export function ruleName(text: string): string {
  const plain = escapeLine(text)
    .replace(/[[\]<>#;=:\\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.slice(0, NAME_CHARACTERS_MAX).toWellFormed().trim();
}

/** A text as a phrase of the query language. */
export function phrase(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function sectionText({ name, keys }: Suggestion): string {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`);
  return `[alert:${name}]\n${lines.join('')}`;
}

/** Null where the config does not take it: a text of a log that no section can hold. */
export function settingsOfSuggestion(suggestion: Suggestion): AlertSettings | null {
  try {
    const text = `${minimalConfig()}${sectionText(suggestion)}`;
    return settingsFromText(text, { projectFolder: '/' }).alerts[0] ?? null;
  } catch {
    return null; // It is left out: nobody asked for it.
  }
}
