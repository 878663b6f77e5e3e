/**
 * Sections as written → the values of each, by the declaration; all mistakes at once, with their lines.
 *
 * What has a mistake is left out of the result, so that the checks behind this one can still look at the
 * rest. A caller that gets mistakes must not use the values for anything but more checks.
 */
import type { z } from 'zod';
import { assert } from '../base/assert.ts';
import { nearestName } from '../base/nearest.ts';
import {
  headingOf,
  SECTION_KINDS,
  type SectionKind,
  type SectionValues,
  sectionOf,
} from './declaration.ts';
import { meantByForeign } from './foreign-names.ts';
import type { IniEntry, IniSection } from './ini-text.ts';
import type { ConfigWarning, Mistake } from './mistakes.ts';
import { CLICKHOUSE_PASSWORD, EMAIL_PASSWORD } from './password.ts';
import type { Section, Setting } from './setting.ts';
import type { Refusal } from './value-kinds.ts';

/** One section with its values; `name` is the NAME of `[alert:NAME]`, else empty. */
export type CheckedSection<K extends SectionKind = SectionKind> = Readonly<{
  kind: K;
  name: string;
  /** As written between the brackets. */
  heading: string;
  /** Null where the config does not have the section: all values are defaults. */
  line: number | null;
  /** Lines of the keys that are written. */
  keyLines: ReadonlyMap<string, number>;
  /** Those without a mistake. */
  values: Partial<SectionValues<K>>;
  /** Whether that is all of them. */
  isComplete: boolean;
}>;

export type CheckedSections = Readonly<{
  sections: readonly CheckedSection[];
  mistakes: readonly Mistake[];
  warnings: readonly ConfigWarning[];
}>;

type Findings = { mistakes: Mistake[]; warnings: ConfigWarning[] };

/** They have settings that are required, and a program that works without them. */
const OPTIONAL_SECTIONS: readonly SectionKind[] = ['email', 'clickhouse'];

export function checkSections(written: readonly IniSection[]): CheckedSections {
  const findings: Findings = { mistakes: [], warnings: [] };
  const sections: CheckedSection[] = [];
  for (const section of written) {
    const place = placeOf(section, findings.mistakes);
    if (place !== null) sections.push(checkSection(section, place, findings));
  }
  // Sections that are not written have their defaults; `[email]`, `[clickhouse]` and named ones are then simply not there.
  for (const kind of SECTION_KINDS) {
    const isMissing = !sections.some((section) => section.kind === kind);
    if (isMissing && !sectionOf(kind).isNamed && !OPTIONAL_SECTIONS.includes(kind)) {
      sections.push(unwrittenSection(kind, findings));
    }
  }
  return { sections, ...findings };
}

/** The values of a section without any setting that is required. */
export function defaultsOf<K extends SectionKind>(kind: K): SectionValues<K> {
  const section = unwrittenSection(kind, { mistakes: [], warnings: [] });
  assert(section.isComplete, 'every setting of this section has a default');
  return section.values as SectionValues<K>;
}

function unwrittenSection(kind: SectionKind, findings: Findings): CheckedSection {
  const empty: IniSection = { name: kind, line: 0, entries: [] };
  return { ...checkSection(empty, { kind, name: '' }, findings), line: null };
}

/** The checked section of a kind that is there at most once. */
export function theSection<K extends SectionKind>(
  sections: readonly CheckedSection[],
  kind: K,
): CheckedSection<K> | undefined {
  return allSections(sections, kind)[0];
}

export function allSections<K extends SectionKind>(
  sections: readonly CheckedSection[],
  kind: K,
): readonly CheckedSection<K>[] {
  return sections.filter((section): section is CheckedSection<K> => section.kind === kind);
}

type SectionPlace = Readonly<{ kind: SectionKind; name: string }>;

const NAME_CHARACTERS_MAX = 80;

/** No controls, no marks that turn text around, no brackets. Blanks, dots, slashes and any script are fine. */
const NAME = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069[\]]+$/u;

function placeOf({ name: heading, line }: IniSection, mistakes: Mistake[]): SectionPlace | null {
  const colonAt = heading.indexOf(':');
  const head = colonAt < 0 ? heading : heading.slice(0, colonAt);
  const name = colonAt < 0 ? '' : heading.slice(colonAt + 1);
  const kind = SECTION_KINDS.find((known) => known === head);
  const refuse = (problem: string, suggestion: string | null = null): null => {
    mistakes.push(mistakeAt({ line, section: heading, problem, suggestion }));
    return null;
  };
  if (kind === undefined) {
    const nearest = nearestName(head, SECTION_KINDS) as SectionKind | null;
    return nearest === null
      ? refuse(`there is no such section; there are ${SECTION_KINDS.map(headingOf).join(' ')}`)
      : refuse('', headingOf(nearest));
  }
  if (!sectionOf(kind).isNamed) {
    return colonAt < 0 ? { kind, name } : refuse('this section has no name', `[${kind}]`);
  }
  if (name === '') return refuse('the section needs a name', headingOf(kind));
  if (name.length > NAME_CHARACTERS_MAX) {
    return refuse(`a name has at most ${NAME_CHARACTERS_MAX} characters`);
  }
  if (name !== name.trim())
    return refuse('a name has no blanks around it', `[${kind}:${name.trim()}]`);
  return NAME.test(name) ? { kind, name } : refuse('the name holds characters that nobody can see');
}

function checkSection(
  written: IniSection,
  { kind, name }: SectionPlace,
  findings: Findings,
): CheckedSection {
  const section = sectionOf(kind);
  const keyLines = new Map(written.entries.map((entry) => [entry.key, entry.line]));
  const before = findings.mistakes.length;
  const refusedKeys = new Set<string>();
  for (const entry of written.entries) {
    if (!checkEntry(entry, { section, written }, findings)) refusedKeys.add(entry.key);
  }
  const texts = new Map(written.entries.map((entry) => [entry.key, entry.value]));
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(section.settings)) {
    if (refusedKeys.has(key)) continue;
    const reading = schemaOf(setting).safeParse(texts.get(key));
    if (reading.success) {
      values[key] = reading.data;
      warnOfComment({ key, setting, written, given: texts.get(key) }, findings);
    } else if (texts.has(key) || !findings.mistakes.slice(before).some(suggests(key))) {
      const issue = reading.error.issues[0]!;
      findings.mistakes.push(mistakeOf(issue, { key, setting, written, given: texts.get(key) }));
    }
  }
  return {
    kind,
    name,
    heading: written.name,
    line: written.line,
    keyLines,
    values: values as Partial<SectionValues<SectionKind>>,
    isComplete: findings.mistakes.length === before,
  };
}

/** A misspelt required key is one mistake, not two. */
function suggests(key: string): (mistake: Mistake) => boolean {
  return ({ suggestion }) => suggestion === key;
}

type EntryPlace = Readonly<{ section: Section; written: IniSection }>;

/**
 * What the schemas do not see: names that are none, and quotes that would become part of a value. Returns
 * whether the value is worth reading.
 */
function checkEntry(entry: IniEntry, place: EntryPlace, findings: Findings): boolean {
  const { key, value, line } = entry;
  const at = { line, section: place.written.name, key };
  const setting = Object.hasOwn(place.section.settings, key)
    ? place.section.settings[key]
    : undefined;
  if (setting === undefined) {
    findings.mistakes.push(unknownKey(at, place.section));
    return false;
  }
  if (!setting.kind.isFreeText && /^(["']).*\1$/.test(value)) {
    const problem = 'quotes would be part of the value; write it without them';
    findings.mistakes.push(mistakeAt({ ...at, problem, given: value }));
    return false;
  }
  return true;
}

const PASSWORD_KEY = /^(pass|pw|secret|token)/i;

function unknownKey(
  at: Readonly<{ line: number; section: string; key: string }>,
  section: Section,
): Mistake {
  if (PASSWORD_KEY.test(at.key) && 'password_file' in section.settings) {
    const { variable } = at.section === 'clickhouse' ? CLICKHOUSE_PASSWORD : EMAIL_PASSWORD;
    const hint = `Write it into a file readable by the daemon alone and name that as \`password_file\`, or set ${variable}`;
    return mistakeAt({ ...at, problem: 'secrets do not stand in the config', hint });
  }
  // A name that begins another one is meant as that: `thresh`, and nothing else is as near.
  const keys = Object.keys(section.settings);
  const suggestion =
    meantByForeign(at.key, keys) ??
    nearestName(at.key, keys) ??
    keys.find((key) => at.key.length > 2 && key.startsWith(at.key)) ??
    null;
  return suggestion === null
    ? mistakeAt({
        ...at,
        problem: 'there is no such setting here; README.md lists all that there are',
      })
    : mistakeAt({ ...at, problem: '', suggestion });
}

/** A setting, and what the section says of it. */
type ReadPlace = Readonly<{
  key: string;
  setting: Setting<unknown>;
  written: IniSection;
  given: string | undefined;
}>;

function mistakeOf(issue: z.core.$ZodIssue, place: ReadPlace): Mistake {
  const { key, setting, written, given } = place;
  const at = { section: written.name, key, allowed: setting.kind.allowed };
  if (given === undefined) {
    const line = written.line === 0 ? null : written.line;
    return mistakeAt({ ...at, line, problem: 'the setting is missing' });
  }
  const line = written.entries.find((entry) => entry.key === key)?.line ?? null;
  const refusal = refusalOf(issue);
  const problem =
    refusal.problem === '' && looksCommented(setting, given)
      ? 'a comment needs a line of its own'
      : refusal.problem;
  const shown = setting.kind.shown === undefined ? given : null;
  return mistakeAt({ ...at, line, problem, given: shown, suggestion: refusal.suggestion ?? null });
}

function looksCommented(setting: Setting<unknown>, given: string): boolean {
  return !setting.kind.isFreeText && /\s[#;]/.test(given);
}

/** A valid value, a folder for example, that was likely meant to end sooner. */
function warnOfComment({ key, setting, written, given }: ReadPlace, findings: Findings): void {
  if (given === undefined || !looksCommented(setting, given)) return;
  const line = written.entries.find((entry) => entry.key === key)?.line ?? null;
  const text = 'what follows # or ; is part of the value; a comment needs a line of its own';
  findings.warnings.push({ line, section: written.name, key, text });
}

/** Of alternatives the last is the one that takes more than a single word. */
function refusalOf(issue: z.core.$ZodIssue): Refusal {
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.at(-1)?.[0];
    return inner === undefined ? { problem: '' } : refusalOf(inner);
  }
  const isOurs = issue.code === 'custom' && issue.params !== undefined;
  return isOurs ? (issue.params as Refusal) : { problem: '' };
}

export function mistakeAt(
  mistake: Pick<Mistake, 'line' | 'section' | 'problem'> & Partial<Mistake>,
): Mistake {
  return { key: null, allowed: null, given: null, suggestion: null, hint: null, ...mistake };
}

/** An absent key is read from its default text, by the same schema. */
function schemaOf({ kind, fallback }: Setting<unknown>): z.ZodType {
  switch (fallback.kind) {
    case 'text':
      return kind.schema.prefault(fallback.text);
    case 'none':
      return kind.schema.nullable().default(null);
    default:
      return kind.schema;
  }
}
