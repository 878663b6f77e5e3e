/**
 * The shipped `config/config.ini` and the settings table of README.md, made from the declaration.
 *
 * A test fails when either file differs; `node src/config/write-documents.ts` writes both again.
 */
import { headingOf, SECTION_KINDS, type SectionKind, sectionOf } from './declaration.ts';
import type { Section, Setting } from './setting.ts';

const INTRODUCTION = `\
# The settings of Logstead. They work as they are: copy a log file into logs/ and search it.
#
# Lines that begin with # are comments. Lines that begin with ; are settings as they are by default, or
# examples: take the ; away to change one. A value is taken exactly as it is written: no quotes around it,
# no comment behind it. Durations: 90s 2m 12h 7d. Sizes: 64MiB 10GB. Several values: commas between them.
#
# \`logstead check\` reads this file and names every mistake with its line.
`;

type SectionSample = Readonly<{
  kind: SectionKind;
  /** NAME, where the section has one. */
  name?: string;
  /** Whether the heading counts; else the whole section is an example. */
  isActive: boolean;
  /** Only these are shown; default: all. */
  keys?: readonly string[];
  /** Other examples than the default. */
  examples?: Readonly<Record<string, string>>;
  /** Settings that count, with values that differ from the default. */
  values: Readonly<Record<string, string>>;
}>;

/** In the order people need them. */
const SAMPLES: readonly SectionSample[] = [
  { kind: 'paths', isActive: true, values: requiredExamples('paths') },
  {
    kind: 'alert',
    name: 'errors',
    isActive: true,
    keys: [
      'when',
      'threshold',
      'window',
      'cooldown',
      'severity',
      'description',
      'enabled',
      'notify',
      'group_by',
      'resolve_after',
      'remind_every',
      'backfill',
      'backfill_after',
    ],
    values: { when: 'level>=error', threshold: '5', window: '2m' },
  },
  {
    kind: 'alert',
    name: 'too many failures',
    isActive: false,
    keys: ['when', 'kind', 'percent', 'of', 'minimum', 'window'],
    examples: { kind: 'rate', when: 'level>=error' },
    values: {},
  },
  { kind: 'email', isActive: false, values: {} },
  { kind: 'notify', isActive: true, values: {} },
  { kind: 'route', name: 'payments', isActive: false, values: {} },
  { kind: 'webhook', name: 'team', isActive: false, values: {} },
  { kind: 'command', name: 'pager', isActive: false, values: {} },
  { kind: 'watch', name: 'nginx', isActive: false, values: {} },
  { kind: 'format', name: 'shop', isActive: false, values: {} },
  { kind: 'rotation', isActive: true, values: {} },
  { kind: 'report', isActive: true, values: {} },
  { kind: 'retention', isActive: true, values: {} },
  { kind: 'store', isActive: true, values: {} },
  { kind: 'clickhouse', isActive: false, values: {} },
  { kind: 'http', isActive: true, values: {} },
  { kind: 'log', isActive: true, values: {} },
];

/** The whole of `config/config.ini`. */
export function shippedConfig(): string {
  return `${INTRODUCTION}\n${SAMPLES.map(sampleText).join('\n')}`;
}

/** A config of the four folders, which is enough. */
export function minimalConfig(): string {
  const lines = Object.entries(requiredExamples('paths')).map(([key, text]) => `${key} = ${text}`);
  return ['[paths]', ...lines, ''].join('\n');
}

function requiredExamples(kind: SectionKind): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(sectionOf(kind).settings)
      .filter(([, setting]) => setting.fallback.kind === 'required')
      .map(([key, setting]) => [key, setting.example]),
  );
}

function sampleText(sample: SectionSample): string {
  const { kind, name, isActive, keys, examples, values } = sample;
  const section = sectionOf(kind);
  const heading = name === undefined ? `[${kind}]` : `[${kind}:${name}]`;
  let text = comment(section.sentence);
  text += `${isActive ? '' : ';'}${heading}\n`;
  for (const [key, setting] of Object.entries(section.settings)) {
    if (keys?.includes(key) === false) continue;
    const value = values[key];
    text += comment(`${setting.sentence}${note(setting)}`);
    text += `${value === undefined ? ';' : ''}${`${key} = ${value ?? examples?.[key] ?? setting.example}`.trimEnd()}\n`;
  }
  return text;
}

/** What the default does not show: the choices, and what it means that there is no default. */
function note({ kind, fallback }: Setting<unknown>): string {
  const choices = kind.choices === undefined ? '' : ` One of: ${kind.choices.join(' ')}.`;
  return fallback.kind === 'none' ? `${choices} Not set: ${fallback.means}.` : choices;
}

const LINE_CHARACTERS_MAX = 106;

function comment(sentence: string): string {
  let text = '';
  let line = '#';
  for (const part of sentence.split(' ')) {
    if (line.length + part.length + 1 > LINE_CHARACTERS_MAX) {
      text += `${line}\n`;
      line = '#';
    }
    line += ` ${part}`;
  }
  return `${text}${line}\n`;
}

export const TABLE_BEGIN = '<!-- settings:begin -->';
export const TABLE_END = '<!-- settings:end -->';

/** README.md with the table between its markers made anew; null where the markers are missing. */
export function withSettingsTable(readme: string): string | null {
  const beginAt = readme.indexOf(TABLE_BEGIN);
  const endAt = readme.indexOf(TABLE_END, beginAt);
  if (beginAt < 0 || endAt < 0) return null;
  const before = readme.slice(0, beginAt + TABLE_BEGIN.length);
  return `${before}\n\n${settingsTable()}\n${readme.slice(endAt)}`;
}

/** Markdown: a table for each section. */
export function settingsTable(): string {
  return SECTION_KINDS.map((kind) => sectionTable(kind, sectionOf(kind))).join('\n');
}

function sectionTable(kind: SectionKind, section: Section): string {
  let text = `**\`${headingOf(kind)}\`** ${section.sentence}\n\n`;
  text += '| setting | default | what it is | allowed |\n| --- | --- | --- | --- |\n';
  for (const [key, setting] of Object.entries(section.settings)) {
    const cells = [`\`${key}\``, defaultText(setting), setting.sentence, setting.kind.allowed];
    text += `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  }
  return text;
}

function defaultText({ fallback }: Setting<unknown>): string {
  switch (fallback.kind) {
    case 'required':
      return 'required';
    case 'none':
      return fallback.means;
    default:
      return fallback.text === '' ? 'empty' : `\`${fallback.text}\``;
  }
}
