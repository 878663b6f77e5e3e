/**
 * What is wrong with a config, as data and as text: all of it at once, each with its line.
 *
 * Values are shown escaped and cut; the value of a key that is unknown or holds a secret is never shown.
 */
import { OperatorError } from '../base/errors.ts';
import { escapeLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';

export type Mistake = Readonly<{
  /** 1-based; null where a line is missing (a required key) or the file as a whole is meant. */
  line: number | null;
  /** As written between the brackets; null outside sections. */
  section: string | null;
  key: string | null;
  /** What is wrong, as a sentence without a stop; without `allowed`, `given` and `suggestion`. */
  problem: string;
  /** What would be right: completes "expected …". */
  allowed: string | null;
  given: string | null;
  /** The nearest valid name or value. */
  suggestion: string | null;
  /** What to do about it, as a sentence. */
  hint: string | null;
}>;

/** Not wrong, but worth a look; the daemon logs it, `check` prints it. */
export type ConfigWarning = Readonly<{
  line: number | null;
  section: string | null;
  key: string | null;
  text: string;
}>;

export class ConfigError extends OperatorError {
  override name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(configName: string, mistakes: readonly Mistake[]) {
    const count = formatCounted(mistakes.length, 'mistake');
    super('CONFIG_INVALID', `Cannot use "${configName}": ${count}\n${formatMistakes(mistakes)}`, {
      hint: 'Correct the lines named above; `logstead check` reads the file again',
    });
    this.mistakes = mistakes;
  }
}

/** Enough to recognise a value by. */
const GIVEN_CHARACTERS_MAX = 120;

/** More mistakes than these are one mistake made many times, or no config at all. */
const MISTAKES_SHOWN_MAX = 50;

/** One line a mistake, in file order: `line 12  [alert:errors] treshold: …`. */
export function formatMistakes(mistakes: readonly Mistake[]): string {
  const shown = mistakes.slice(0, MISTAKES_SHOWN_MAX);
  const width = Math.max(0, ...shown.map((mistake) => placeOf(mistake).length));
  const lines = shown.map((mistake) => `${placeOf(mistake).padEnd(width)}  ${textOf(mistake)}`);
  const more = mistakes.length - shown.length;
  if (more > 0) lines.push(`and ${formatCount(more)} more`);
  return lines.join('\n');
}

export function formatWarning(warning: ConfigWarning): string {
  const place = placeOf(warning);
  const name = nameOf(warning);
  return `${place}  ${name === '' ? '' : `${name}: `}${warning.text}`;
}

type Place = Readonly<{ line: number | null; section: string | null; key: string | null }>;

/** A key that is missing has no line, and a file that cannot be a config has none that matters. */
function placeOf(place: Place): string {
  return place.line === null ? 'file' : `line ${place.line}`;
}

function nameOf(place: Place): string {
  const section = place.section === null ? '' : `[${shown(place.section)}]`;
  const key = place.key === null ? '' : `\`${shown(place.key)}\``;
  return [section, key].filter((part) => part !== '').join(' ');
}

function textOf(mistake: Mistake): string {
  const { problem, allowed, given, suggestion, hint } = mistake;
  const parts: string[] = [];
  if (problem !== '') parts.push(escapeLine(problem));
  if (allowed !== null) parts.push(`expected ${allowed}`);
  if (given !== null) parts.push(`given \`${shown(given)}\``);
  if (suggestion !== null) parts.push(`did you mean \`${shown(suggestion)}\`?`);
  const name = nameOf(mistake);
  const text = `${name === '' ? '' : `${name}: `}${parts.join('; ')}`;
  return hint === null ? text : `${text}. ${hint}`;
}

function shown(text: string): string {
  const line = escapeLine(text);
  return line.length <= GIVEN_CHARACTERS_MAX ? line : `${line.slice(0, GIVEN_CHARACTERS_MAX)}…`;
}
