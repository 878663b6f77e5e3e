/** Whether the files that the config watches can be read by whoever will read them, and their folders entered. */
import { statSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import { isInside } from '../config/resolve-paths.ts';
import { type Finding, well } from './finding.ts';
import { type Obstacle, obstacleOf, type ReaderIdentity } from './reader-identity.ts';
import type { HiddenFolders } from './service-identity.ts';

const CHECK = 'files';
/** Told one by one; with more of them the folder is the news. */
const TOLD_MAX = 20;

export type FollowedFile = Readonly<{ path: string; error: string | null }>;

export type FilesFacts = Readonly<{
  files: readonly FollowedFile[];
  reader: ReaderIdentity;
  /** Where watches begin to look, and what of it the service does not see. */
  watched?: readonly string[];
  hidden?: readonly HiddenFolders[];
}>;

export function checkFiles({ files, reader, watched = [], hidden = [] }: FilesFacts): Finding[] {
  const findings: Finding[] = watched.flatMap((folder) => hiddenFinding(folder, hidden));
  const seen = new Set<string>();
  for (const { path, error } of files) {
    const finding = findingOf(path, { error, reader });
    // One closed folder is one finding, however many files lie in it.
    if (finding === null || seen.has(finding.text)) continue;
    seen.add(finding.text);
    findings.push(finding);
  }
  if (findings.length > TOLD_MAX) {
    const more = findings.length - TOLD_MAX;
    findings.splice(TOLD_MAX);
    findings.push(failed(`${formatCounted(more, 'more file')} cannot be read`, null));
  }
  if (findings.length > 0) return findings;
  return [
    well(
      CHECK,
      `files: ${formatCounted(files.length, 'file')} to follow, all readable as ${reader.name}`,
    ),
  ];
}

/** What the unit hides is there for everybody else, so nothing but the unit tells of it. */
function hiddenFinding(watched: string, hidden: readonly HiddenFolders[]): Finding[] {
  const by = hidden.find(({ folders }) => folders.some((folder) => isInside(watched, folder)));
  if (by === undefined) return [];
  const text = `${watched}: the unit hides ${by.folders.join(', ')} from the service (${by.setting})`;
  const fix = `systemctl edit logstead, [Service], ${by.shownBy}; then systemctl restart logstead`;
  return [failed(text, fix)];
}

function findingOf(
  path: string,
  { error, reader }: Readonly<{ error: string | null; reader: ReaderIdentity }>,
): Finding | null {
  try {
    const obstacle = obstacleOf(path, reader);
    const isRefused = error === null || /EACCES|permission denied/i.test(error);
    if (obstacle !== null && (obstacle.isCertain || isRefused)) {
      // Who asks and is the reader has the system's own answer: the file was opened, or was not.
      const isAnswered = reader.asks && !obstacle.isCertain;
      if (isAnswered && error === null) return null;
      const isCertain = obstacle.isCertain || isAnswered;
      return denied({ ...obstacle, isCertain }, reader);
    }
    return error === null ? null : failed(`${path}: ${error}`, null);
  } catch (cause) {
    return failed(`${path}: ${error ?? messageOf(cause)}`, null);
  }
}

function denied({ path, isCertain, needs }: Obstacle, reader: ReaderIdentity): Finding {
  const { mode, uid, gid } = statSync(path);
  const bits = (mode & 0o7777).toString(8).padStart(4, '0');
  const whom = reader.asks ? `u:${reader.uid}` : 'g:adm';
  const word = shellWord(path);
  const text = `${path}: permission denied (${bits}, user ${uid}, group ${gid}; read as ${reader.name})`;
  const fix = `allow it: setfacl -m ${whom}:${needs} ${word}, or let the writer create it readable for adm`;
  if (isCertain) return failed(text, fix);
  return {
    ...failed(`${text}; an access list may allow it, which was not looked at`, null),
    verdict: 'warn',
    fix: `see "getfacl ${word}"; where it does not name the reader, ${fix}`,
  };
}

function failed(text: string, fix: string | null): Finding {
  return { check: CHECK, verdict: 'fail', harm: 'lines', text, fix };
}

/** To be pasted into a shell as one word, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
