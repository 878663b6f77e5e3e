/** Rules of logrotate that work on followed files: which of them can lose lines, and what to write instead. */
import { readFileSync, statSync } from 'node:fs';
import picomatch from 'picomatch';
import { messageOf } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import { type Finding, well } from './finding.ts';
import { readLogrotate } from './logrotate-files.ts';
import type { LogrotateRule } from './logrotate-rules.ts';
import { couldRead, type ReaderIdentity } from './reader-identity.ts';

const CHECK = 'logrotate';

export type LogrotateFacts = Readonly<{
  /** `/etc/logrotate.conf`, and the folder that it includes on most machines. */
  mainFile: string;
  folder: string;
  /** Paths of the files that are followed now. */
  followed: readonly string[];
  reader: ReaderIdentity;
}>;

export function checkLogrotate(facts: LogrotateFacts): Finding[] {
  const { rules, unread: unreadFiles } = readLogrotate(facts.mainFile, facts.folder);
  const unread = unreadFiles.map(({ file, cause }): Finding => {
    const text = `Cannot read "${file}": ${messageOf(cause)}`;
    return { check: CHECK, verdict: 'warn', harm: 'none', text, fix: 'run doctor as root' };
  });
  const concerned = rules
    .map((rule) => ({ rule, paths: pathsOfRule(rule, facts.followed) }))
    .filter(({ paths }) => paths.length > 0);
  const findings = concerned.flatMap(({ rule, paths }) => [
    ...findingsOf(rule, paths),
    ...madeUnreadable(rule, { paths, reader: facts.reader }),
  ]);
  findings.push(...rotatedTwice(concerned));
  if (findings.length > 0 || unread.length > 0) return [...findings, ...unread];
  const count = formatCounted(concerned.length, 'rule', 'rules');
  return [well(CHECK, `logrotate: ${count} for followed files, none loses lines`)];
}

function pathsOfRule(rule: LogrotateRule, followed: readonly string[]): string[] {
  const matches = rule.patterns.map((pattern) => picomatch(pattern));
  return followed.filter((path) => matches.some((match) => match(path)));
}

function findingsOf(rule: LogrotateRule, paths: readonly string[]): Finding[] {
  const place = `${rule.file}:${rule.line}`;
  const example = paths.length === 1 ? paths[0]! : `${paths[0]} and ${paths.length - 1} more`;
  const findings: Finding[] = [];
  if (rule.copytruncate) {
    const gone = 'what a writer adds between the copy and the truncation is gone for everybody';
    const packed = rule.compress && !rule.delaycompress;
    findings.push({
      check: CHECK,
      verdict: packed ? 'fail' : 'warn',
      harm: 'lines',
      text: packed
        ? `${place}: copytruncate with compress and without delaycompress on ${example}: the copy is packed while it may still be read, and ${gone}`
        : `${place}: copytruncate on ${example}: ${gone}`,
      fix: packed
        ? `in ${rule.file}: replace copytruncate by create and a postrotate that lets the writer reopen its file, or add delaycompress`
        : `in ${rule.file}: replace copytruncate by create and a postrotate that lets the writer reopen its file`,
    });
  }
  if (rule.rotate === 0) {
    findings.push({
      check: CHECK,
      verdict: 'fail',
      harm: 'lines',
      text: `${place}: rotate 0 on ${example}: a rotated file is deleted at once, read or not`,
      fix: `in ${rule.file}: rotate 1 or more`,
    });
  }
  return findings;
}

/** What logrotate makes in place of the log it has renamed may be closed to the reader, though the log of today is not. */
function madeUnreadable(
  rule: LogrotateRule,
  { paths, reader }: Readonly<{ paths: readonly string[]; reader: ReaderIdentity }>,
): Finding[] {
  const { create } = rule;
  if (create === null || create.mode === null || rule.copytruncate) return [];
  const [path] = paths;
  const now = statSync(path!, { throwIfNoEntry: false });
  const made = {
    mode: create.mode,
    uid: idOf('/etc/passwd', create.owner) ?? now?.uid ?? 0,
    gid: idOf('/etc/group', create.group) ?? now?.gid ?? 0,
  };
  const isReadable = couldRead(made, reader);
  if (isReadable === true) return [];
  const mode = create.mode.toString(8).padStart(4, '0');
  const words = ['create', mode, create.owner, create.group].filter((word) => word !== null);
  const text = `${rule.file}:${rule.line}: ${words.join(' ')} on ${path}: after the next rotation it cannot be read as ${reader.name}`;
  return [
    {
      check: CHECK,
      verdict: isReadable === null ? 'warn' : 'fail',
      harm: 'lines',
      text: isReadable === null ? `${text}, unless an access list allows it` : text,
      fix: `in ${rule.file}: create 0640 ${create.owner ?? 'root'} adm`,
    },
  ];
}

/** The number of a user or group by its name, or as it stands. */
function idOf(file: string, name: string | null): number | null {
  if (name === null) return null;
  if (/^\d+$/.test(name)) return Number(name);
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  return line === undefined ? null : Number(line.split(':')[2]);
}

/** logrotate itself refuses the second rule, and then rotates by the first alone. */
function rotatedTwice(
  concerned: readonly Readonly<{ rule: LogrotateRule; paths: readonly string[] }>[],
): Finding[] {
  const first = new Map<string, LogrotateRule>();
  const findings: Finding[] = [];
  for (const { rule, paths } of concerned) {
    for (const path of paths) {
      const other = first.get(path);
      if (other === undefined) {
        first.set(path, rule);
        continue;
      }
      findings.push({
        check: CHECK,
        verdict: 'warn',
        harm: 'lines',
        text: `${path} is matched twice: ${other.file}:${other.line} and ${rule.file}:${rule.line}`,
        fix: `narrow the pattern in ${rule.file}: one rule a file`,
      });
      break;
    }
  }
  return findings;
}
