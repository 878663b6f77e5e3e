/** The options that narrow what a command looks at, and the filter they make together with the query. */
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { literalPattern } from '../query/name-pattern.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter, Query } from '../query/query-tree.ts';
import { compileRegex } from '../query/regex.ts';
import { checkedRange, type TimeRange } from '../query/time-range.ts';
import { expectedTime, parseTime, type TimeContext } from '../query/time-text.ts';

export type FilterOptions = Readonly<{
  since?: string;
  until?: string;
  level?: readonly string[];
  priority?: string;
  source?: readonly string[];
  tag?: readonly string[];
  file?: readonly string[];
  keyword?: readonly string[];
  grep?: string;
  ignoreCase?: boolean;
  invertMatch?: boolean;
}>;

/** 0 to 7, as `-p` of journalctl has them. No query has: there a number might as well be one of pino's. */
const SYSLOG_NAMES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** Options with a value may be given again; each value is kept. */
const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A dash begins an option first of all, and a part of a query that is left out. */
const BEHIND_DASHES = 'A query that begins with - stands behind --';

export function addFilterOptions(command: Command): Command {
  return command
    .showHelpAfterError(`Run with --help to see what is understood. ${BEHIND_DASHES}.`)
    .option('-S, --since <time>', 'entries at or after (1h, yesterday, 14:30, "2026-11-20 12:00")')
    .option('-U, --until <time>', 'entries before')
    .option('-l, --level <level>', 'entries of this level; again: or of that one', collected)
    .option('-p, --priority <level>', 'entries of this severity or worse; 0 to 7 as in syslog')
    .option(
      '--source <pattern>',
      'entries of this source (nginx/*); again: or of that one',
      collected,
    )
    .option('--file <pattern>', 'entries of this file; again: or of that one', collected)
    .option('--tag <tag>', 'entries with this tag; again: and with that one', collected)
    .option('-k, --keyword <text>', 'entries with this text; again: and with that one', collected)
    .option('-g, --grep <regex>', 'entries that match the regular expression')
    .option('-i, --ignore-case', 'let --grep ignore case')
    .option('-v, --invert-match', 'entries that the query and --grep do not match');
}

/** One filter of the query words and all options. Throws QUERY_INVALID or USAGE. */
export function filterOf(
  words: readonly string[],
  options: FilterOptions,
  context: TimeContext,
): Filter {
  return queryOf(words, options, { context, stages: false }).filter;
}

/** The same, with the stages of the query where the context allows them. */
export function queryOf(
  words: readonly string[],
  options: FilterOptions,
  { context, stages: allowsStages }: Readonly<{ context: TimeContext; stages: boolean }>,
): Pick<Query, 'filter' | 'stages'> {
  const { filter, stages } = parseQuery(words.join(' '), context, { stages: allowsStages });
  return { filter: narrowed(filter, options, context), stages };
}

function narrowed(queried: Filter, options: FilterOptions, context: TimeContext): Filter {
  const asked = [queried];
  if (options.grep !== undefined) asked.push(grepFilter(options.grep, options.ignoreCase ?? false));
  const matched = allOf(asked);
  const parts: Filter[] = [
    options.invertMatch ? { kind: 'not', part: matched } : matched,
    ...timeFilters(options, context),
    ...anyOf(options.level, (level) => {
      refuseQuery('-l', level);
      return parseQuery(`level:${quoted(level)}`, context).filter;
    }),
    ...anyOf(options.source, (pattern) => ({ kind: 'source', pattern })),
    ...anyOf(options.file, (pattern) => ({ kind: 'file', pattern })),
    ...(options.tag ?? []).map((tag): Filter => ({ kind: 'tag', pattern: literalPattern(tag) })),
    ...(options.keyword ?? []).map(keywordFilter),
  ];
  if (options.priority !== undefined) {
    refuseQuery('-p', options.priority);
    const isNumber = /^[0-7]$/.test(options.priority);
    const level = isNumber ? SYSLOG_NAMES[Number(options.priority)]! : options.priority;
    parts.push(parseQuery(`level>=${quoted(level)}`, context).filter);
  }
  return allOf(parts);
}

/** `-level:info` and `-path:/health*` are `-l` and `-p` with a value. */
function refuseQuery(option: string, value: string): void {
  if (!value.includes(':')) return;
  throw new OperatorError('USAGE', `Cannot take "${value}" for a level`, {
    hint: `${BEHIND_DASHES}; so does "${option}${value}", where it is meant as one`,
  });
}

export function timeOption(name: string, text: string, context: TimeContext): number {
  const timeUs = parseTime(text, context);
  if (timeUs !== null) return timeUs;
  throw new OperatorError(
    'USAGE',
    `Cannot read --${name} "${text}": expected ${expectedTime(text)}`,
  );
}

/** What --since and --until say; `untilDefault`: what is meant without the latter. Throws USAGE. */
export function timeRange(
  { since, until }: Pick<FilterOptions, 'since' | 'until'>,
  context: TimeContext,
  untilDefault?: string,
): TimeRange {
  const end = until ?? untilDefault;
  const range = {
    fromUs: since === undefined ? null : timeOption('since', since, context),
    untilUs: end === undefined ? null : timeOption('until', end, context),
  };
  const untilName = until === undefined ? (untilDefault ?? '') : '--until';
  return checkedRange(range, { since: '--since', until: untilName });
}

function timeFilters(options: FilterOptions, context: TimeContext): Filter[] {
  const { since, until } = options;
  if (since === undefined && until === undefined) return [];
  return [{ kind: 'time', ...timeRange(options, context) }];
}

function grepFilter(source: string, ignoreCase: boolean): Filter {
  const compiled = compileRegex(source, { ignoreCase });
  if ('problem' in compiled) {
    throw new OperatorError('USAGE', `Cannot read --grep "${source}": ${compiled.problem}`);
  }
  return { kind: 'text', test: { kind: 'regex', source, ignoreCase } };
}

function keywordFilter(text: string): Filter {
  if (text === '') throw new OperatorError('USAGE', 'Cannot look for --keyword "": found no text');
  return { kind: 'text', test: { kind: 'phrase', text } };
}

function anyOf(
  values: readonly string[] | undefined,
  filterFor: (value: string) => Filter,
): Filter[] {
  if (values === undefined) return [];
  const parts = values.flatMap((value) => value.split(',')).map(filterFor);
  return parts.length === 1 ? parts : [{ kind: 'or', parts }];
}

function allOf(parts: readonly Filter[]): Filter {
  const saying = parts.filter((part) => part.kind !== 'everything');
  if (saying.length === 0) return { kind: 'everything' };
  return saying.length === 1 ? saying[0]! : { kind: 'and', parts: saying };
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
