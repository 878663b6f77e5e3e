/** What an alert rule means only as a whole: the settings of its kind, its queries, the rules and channels it names. */

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isLoopbackHost } from '../base/loopback.ts';
import { nearestName } from '../base/nearest.ts';
import { isPrivateAddress } from '../base/private-address.ts';
import type { Channel } from '../model/notification.ts';
import { isRead, KEYS_OF_KIND } from './alert-kinds.ts';
import { allSections, type CheckedSection, mistakeAt, theSection } from './check-sections.ts';
import type { SectionKind } from './declaration.ts';
import { kindOf } from './make-alert-settings.ts';
import type { ConfigWarning, Mistake } from './mistakes.ts';
import { readSecretFile } from './password.ts';
import type { SettingsContext } from './read-settings.ts';

/** Where the checks report, and what they look at. */
export type Check = Readonly<{
  sections: readonly CheckedSection[];
  context: SettingsContext;
  mistakes: Mistake[];
  warnings: ConfigWarning[];
}>;

/** Where a mistake or warning about a key belongs: its line, else its section's. */
export function at(section: CheckedSection, key: string) {
  return {
    section: section.heading,
    key,
    line: section.keyLines.get(key) ?? section.line,
  };
}

/** Slots of an hour-old baseline are fifty a window; a season of weeks of one-second windows would be millions. */
const SEASON_WINDOW_MS_MIN = 60_000;

export function checkAlerts(check: Check): void {
  const rules = allSections(check.sections, 'alert');
  const names = rules.map(({ name }) => name);
  for (const section of rules) {
    checkQueries(check, section);
    checkKind(check, section);
    checkBounds(check, section);
    for (const parent of section.values.inhibited_by ?? []) {
      if (names.includes(parent) && parent !== section.name) continue;
      const problem =
        parent === section.name ? 'a rule cannot keep itself quiet' : 'there is no such rule';
      const suggestion = nearestName(
        parent,
        names.filter((name) => name !== section.name),
      );
      check.mistakes.push(
        mistakeAt({ ...at(section, 'inhibited_by'), problem, given: parent, suggestion }),
      );
    }
  }
  checkCircles(check, rules);
}

function checkQueries(check: Check, section: CheckedSection<'alert'>): void {
  const { checkQuery } = check.context;
  if (checkQuery === undefined) return;
  for (const key of ['when', 'of', 'next'] as const) {
    if (!section.keyLines.has(key)) continue;
    const given = section.values[key] ?? null;
    const finding = given === null ? null : checkQuery(given);
    if (finding === null) continue;
    if ('doubt' in finding) {
      check.warnings.push({ ...at(section, key), text: finding.doubt });
      continue;
    }
    const problem = `column ${finding.column}: ${finding.message}`;
    check.mistakes.push(mistakeAt({ ...at(section, key), problem, given }));
  }
}

/** A setting of another kind is a slip, not something to pass over. */
function checkKind(check: Check, section: CheckedSection<'alert'>): void {
  const { kind: written, threshold } = section.values;
  if (written === undefined || threshold === undefined) return;
  const kind = kindOf(written, threshold);
  for (const key of section.keyLines.keys()) {
    if (isRead(kind, key)) continue;
    const problem = `a rule of kind ${kind} has no such setting`;
    check.mistakes.push(mistakeAt({ ...at(section, key), problem }));
  }
  const { values } = section;
  for (const need of KEYS_OF_KIND[kind].needs) {
    const keys = [need].flat();
    // What was refused is named already.
    if (keys.some((key) => !(key in values))) continue;
    const given = keys.filter((key) => values[key] !== null);
    if (given.length === 1) continue;
    const wanted = keys.map((key) => `\`${key}\``).join(' or ');
    const problem =
      given.length === 0
        ? `a rule of kind ${kind} needs ${wanted}`
        : `a rule of kind ${kind} has one of ${wanted}, not both`;
    check.mistakes.push(mistakeAt({ ...at(section, given.at(-1) ?? 'kind'), problem }));
  }
}

function checkBounds(check: Check, section: CheckedSection<'alert'>): void {
  const { values } = section;
  const refuse = (key: string, problem: string): void => {
    check.mistakes.push(mistakeAt({ ...at(section, key), problem }));
  };
  const { lateness, backfill_after: backfillAfter, expect, group_by: groupBy } = values;
  if (lateness != null && backfillAfter !== undefined && lateness > backfillAfter) {
    refuse('lateness', 'it is longer than `backfill_after`: such lines are history');
  }
  if ((expect?.length ?? 0) > 0 && groupBy?.length !== 1) {
    refuse('expect', '`group_by` needs exactly one field for this: the one these are values of');
  }
  const { season, window } = values;
  if (
    season !== undefined &&
    season !== 'none' &&
    window !== undefined &&
    window < SEASON_WINDOW_MS_MIN
  ) {
    refuse('season', 'the window has to be a minute or longer for this');
  }
  const { kind, below } = values;
  if (kind === 'cardinality' && below != null && !(Number.isInteger(below) && below >= 1)) {
    refuse('below', 'a number of different values is a whole one, at least 1');
  }
  const { schedule, silence, forget_after: forgetAfter } = values;
  // Those that are expected are never forgotten.
  if (silence != null && forgetAfter !== undefined && silence >= forgetAfter && !expect?.length) {
    refuse('silence', 'it is not shorter than `forget_after`: the rule would never fire');
  }
  if (schedule != null && silence != null) {
    const minutes = (schedule.untilMinute - schedule.fromMinute + 1_440) % 1_440;
    if (silence > minutes * 60_000) {
      refuse('silence', 'it is longer than `schedule`: the rule would never fire');
    }
  }
}

/** Rules that keep each other quiet would all be quiet, with nobody told of any. */
function checkCircles(check: Check, rules: readonly CheckedSection<'alert'>[]): void {
  const parents = new Map(rules.map(({ name, values }) => [name, values.inhibited_by ?? []]));
  for (const section of rules) {
    const seen = new Set<string>();
    const waiting = [...(parents.get(section.name) ?? [])].filter((name) => name !== section.name);
    while (waiting.length > 0) {
      const name = waiting.pop()!;
      if (name === section.name) {
        const problem = 'the rules it names keep each other quiet in a circle';
        check.mistakes.push(mistakeAt({ ...at(section, 'inhibited_by'), problem }));
        break;
      }
      if (seen.has(name)) continue;
      seen.add(name);
      waiting.push(...(parents.get(name) ?? []));
    }
  }
}

/** A default that says email is quietly less without `[email]`; one that was written is a mistake. */
export function checkChannels(check: Check): void {
  const places = [
    ...allSections(check.sections, 'alert').map((section) => ({
      section,
      keys: ['notify'] as const,
    })),
    ...allSections(check.sections, 'route').map((section) => ({
      section,
      keys: ['notify'] as const,
    })),
    ...allSections(check.sections, 'notify').map((section) => ({
      section,
      keys: ['success', 'failure'] as const,
    })),
  ];
  for (const { section, keys } of places) {
    for (const key of keys) {
      if (!section.keyLines.has(key)) continue;
      const channels = (section.values as Readonly<Record<string, readonly Channel[]>>)[key] ?? [];
      for (const channel of channels) checkChannel(check, { section, key, channel });
    }
  }
  for (const section of allSections(check.sections, 'route')) {
    if (section.keyLines.has('to') && !section.values.notify?.includes('email')) {
      const problem = 'nobody is mailed: `notify` does not name email';
      check.mistakes.push(mistakeAt({ ...at(section, 'to'), problem }));
    }
  }
}

function checkChannel(
  check: Check,
  { section, key, channel }: Readonly<{ section: CheckedSection; key: string; channel: Channel }>,
): void {
  if (channel === 'file') return;
  if (channel === 'email') {
    if (theSection(check.sections, 'email') !== undefined) return;
    const problem = 'email is named, but there is no [email] section';
    check.mistakes.push(mistakeAt({ ...at(section, key), problem }));
    return;
  }
  const colonAt = channel.indexOf(':');
  const kind = channel.slice(0, colonAt) as SectionKind & ('webhook' | 'command');
  const names = allSections(check.sections, kind).map(({ name }) => name);
  if (names.includes(channel.slice(colonAt + 1))) return;
  const nearest = nearestName(channel.slice(colonAt + 1), names);
  const suggestion = nearest === null ? null : `${kind}:${nearest}`;
  const problem = `there is no section [${channel}]`;
  check.mistakes.push(mistakeAt({ ...at(section, key), problem, given: channel, suggestion }));
}

export function checkWebhooks(check: Check): void {
  for (const section of allSections(check.sections, 'webhook')) {
    warnOfPrivateAddress(check, section);
    for (const key of ['secret_file', 'token_file'] as const) {
      const file = section.values[key] ?? null;
      if (file === null) continue;
      const reading = readSecretFile(resolve(check.context.projectFolder, file));
      if (reading.kind === 'refused') {
        const problem = `the secret cannot be taken from the file: ${reading.problem}`;
        check.mistakes.push(mistakeAt({ ...at(section, key), problem }));
      } else if (reading.kind === 'found' && reading.warning !== null) {
        check.warnings.push({ ...at(section, key), text: reading.warning });
      }
    }
  }
}

/** Nothing would ever be sent there, and the first to notice would be whoever waits for an alert. A name is looked up only then. */
function warnOfPrivateAddress(check: Check, section: CheckedSection<'webhook'>): void {
  const { url, private: isAllowed } = section.values;
  if (url === undefined || isAllowed !== false) return;
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!isLoopbackHost(host) && (isIP(host) === 0 || !isPrivateAddress(host))) return;
  const text = `nothing will be sent: "${host}" is on this machine or in a private network; private = yes allows that`;
  check.warnings.push({ ...at(section, 'url'), text });
}
