/**
 * What a setting means only beside others, the file system or another room: folders that would watch their own
 * output, mail without a server, queries and schedules, passwords. Looks at everything that could be read.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { isLoopbackHost } from '../base/loopback.ts';
import { nearestName } from '../base/nearest.ts';
import { at, type Check, checkAlerts, checkChannels, checkWebhooks } from './check-alerts.ts';
import { allSections, type CheckedSection, mistakeAt, theSection } from './check-sections.ts';
import { LOG_DIR_WATCH } from './make-settings.ts';
import type { ConfigWarning, Mistake } from './mistakes.ts';
import {
  CLICKHOUSE_PASSWORD,
  CLICKHOUSE_READER_PASSWORD,
  EMAIL_PASSWORD,
  type PasswordNames,
  type PasswordReading,
  type Passwords,
  readPassword,
} from './password.ts';
import type { SettingsContext } from './read-settings.ts';
import { absolutePattern, fixedPartOf, isInside, realPathOf } from './resolve-paths.ts';

export type CrossChecks = Readonly<{
  mistakes: readonly Mistake[];
  warnings: readonly ConfigWarning[];
  passwords: Passwords;
}>;

export function crossCheck(
  sections: readonly CheckedSection[],
  context: SettingsContext,
): CrossChecks {
  const check: Check = { sections, context, mistakes: [], warnings: [] };
  const folders = checkFolders(check);
  checkWatches(check, folders);
  checkFormats(check);
  checkAlerts(check);
  checkSchedule(check);
  checkActive(check);
  checkChannels(check);
  checkWebhooks(check);
  checkListen(check);
  checkTls(check);
  const passwords = { email: checkEmail(check), ...checkClickHouse(check) };
  return { mistakes: check.mistakes, warnings: check.warnings, passwords };
}

/** Files that are still written to: whose process gets the signal, and that it is told of renamed files only. */
function checkActive({ sections, mistakes, warnings }: Check): void {
  const general = theSection(sections, 'rotation')?.values.active;
  for (const section of allSections(sections, 'watch')) {
    const { post_rotate_signal: signal, post_rotate_pid_file: pidFile } = section.values;
    const { post_rotate_command: command } = section.values;
    const way = section.values.active ?? general;
    const refuse = (key: string, problem: string): void =>
      void mistakes.push(mistakeAt({ ...at(section, key), problem }));
    if (signal && !pidFile) {
      refuse('post_rotate_signal', '`post_rotate_pid_file` has to say whose process gets it');
    }
    if (pidFile && !signal) {
      refuse('post_rotate_pid_file', '`post_rotate_signal` has to say what its process gets');
    }
    if (section.values.active === 'rename' && !command && !signal) {
      const text =
        'nothing tells the writer that its file was renamed (`post_rotate_signal`, `post_rotate_command`): it goes on in the renamed one until it opens its log anew by itself';
      warnings.push({ ...at(section, 'active'), text });
    }
    if ((command || signal) && way !== undefined && way !== 'rename') {
      const key = command ? 'post_rotate_command' : 'post_rotate_signal';
      refuse(key, `the writer is told of renamed files only, and \`active\` is "${way}"`);
    }
  }
}

const OWN_FOLDER_KEYS = ['report_dir', 'archive_dir', 'notify_dir', 'state_dir'] as const;

type Folder = Readonly<{ key: string; path: string; real: string }>;

/** Returns our own folders: what the program writes must never be read as a log. */
function checkFolders(check: Check): readonly Folder[] {
  const section = theSection(check.sections, 'paths');
  if (section === undefined) return [];
  const folderOf = (key: 'log_dir' | (typeof OWN_FOLDER_KEYS)[number]): Folder[] => {
    const written = section.values[key];
    if (written === undefined) return [];
    const path = resolve(check.context.projectFolder, written);
    if (isFolder(path) === false) {
      const problem = `"${path}" is there and is not a folder`;
      check.mistakes.push(mistakeAt({ ...at(section, key), problem }));
    }
    return [{ key, path, real: realPathOf(path) }];
  };
  const [logFolder] = folderOf('log_dir');
  const own = OWN_FOLDER_KEYS.flatMap(folderOf);
  for (const [index, folder] of own.entries()) {
    const problem =
      (logFolder === undefined ? null : logFolderProblem(folder, logFolder)) ??
      sameFolderProblem(folder, own.slice(0, index));
    if (problem !== null) check.mistakes.push(mistakeAt({ ...at(section, folder.key), problem }));
  }
  return own;
}

function logFolderProblem(own: Folder, logs: Folder): string | null {
  if (own.real === logs.real) {
    return 'this is `log_dir`: Logstead would read its own output as logs';
  }
  if (isInside(own.real, logs.real)) {
    return 'this lies inside `log_dir`: Logstead would read its own output as logs';
  }
  return isInside(logs.real, own.real)
    ? '`log_dir` lies inside this folder, which is never read: Logstead keeps its own output there'
    : null;
}

function sameFolderProblem(own: Folder, others: readonly Folder[]): string | null {
  const same = others.find((other) => other.real === own.real);
  return same === undefined ? null : `this is \`${same.key}\` too; each needs a folder of its own`;
}

function checkWatches(check: Check, ownFolders: readonly Folder[]): void {
  const { projectFolder } = check.context;
  const declared = allSections(check.sections, 'format').map((section) => section.name);
  const { formatNames } = check.context;
  for (const section of allSections(check.sections, 'watch')) {
    const { path: paths, format } = section.values;
    if (section.name === LOG_DIR_WATCH && paths) {
      const problem =
        'the files of `log_dir` are named in [paths]; give another name to this section';
      check.mistakes.push(mistakeAt({ ...at(section, 'path'), problem }));
    } else if (section.name !== LOG_DIR_WATCH && paths === null) {
      const problem = 'the setting is missing';
      const allowed = 'paths or patterns such as /var/log/**/*.log';
      check.mistakes.push(mistakeAt({ ...at(section, 'path'), problem, allowed }));
    }
    for (const path of paths ?? []) {
      const problem = ownOutputProblem(absolutePattern(projectFolder, path), ownFolders);
      if (problem !== null) {
        check.mistakes.push(mistakeAt({ ...at(section, 'path'), given: path, problem }));
      }
    }
    if (formatNames !== undefined && format !== undefined && format !== 'auto') {
      const names = [...declared, ...formatNames()];
      if (names.includes(format)) continue;
      const suggestion = nearestName(format, names);
      const problem = 'there is no such format';
      check.mistakes.push(
        mistakeAt({ ...at(section, 'format'), problem, given: format, suggestion }),
      );
    }
  }
}

function ownOutputProblem(pattern: string, ownFolders: readonly Folder[]): string | null {
  const real = realPathOf(fixedPartOf(pattern));
  const own = ownFolders.find((folder) => isInside(real, folder.real));
  return own === undefined
    ? null
    : `this lies inside \`${own.key}\`: Logstead would read its own output as logs`;
}

/** Null where nothing is there, or nothing can be seen: whoever uses the path will say so when it matters. */
function isFolder(path: string): boolean | null {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    if (systemCodeOf(cause) !== undefined) return null;
    throw cause;
  }
}

function checkFormats(check: Check): void {
  const { checkFormat, formatNames = () => [] } = check.context;
  for (const section of allSections(check.sections, 'format')) {
    const { name } = section;
    if (formatNames().includes(name) || name === 'auto') {
      const problem = `"${name}" is the name of a format that is built in; choose another`;
      check.mistakes.push(mistakeAt({ section: section.heading, line: section.line, problem }));
    }
    const { pattern, sample } = section.values;
    if (pattern === undefined) continue;
    const finding = checkFormat?.({ name, pattern }, sample ?? null) ?? null;
    if (finding === null) continue;
    const given = finding.key === 'pattern' ? pattern : (sample ?? null);
    check.mistakes.push(
      mistakeAt({ ...at(section, finding.key), problem: finding.message, given }),
    );
  }
}

function checkSchedule(check: Check): void {
  const general = theSection(check.sections, 'rotation');
  const sections = [
    ...(general === undefined ? [] : [general]),
    ...allSections(check.sections, 'watch'),
  ];
  for (const section of sections) {
    const { schedule } = section.values;
    if (!schedule) continue;
    const problem = check.context.checkSchedule?.(schedule) ?? null;
    if (problem === null) continue;
    check.mistakes.push(mistakeAt({ ...at(section, 'schedule'), problem, given: schedule }));
  }
}

function checkListen(check: Check): void {
  const section = theSection(check.sections, 'http');
  const listen = section?.values.listen;
  if (section === undefined || listen === undefined || isLoopbackHost(listen.host)) return;
  if ((section.values.tokens ?? []).length === 0) {
    const problem = `"${listen.host}" is not this machine alone; without a token nobody else may ask`;
    const allowed = '127.0.0.1, [::1] or localhost';
    const hint = 'Make a token with "logstead token NAME" and put what it prints into `tokens`';
    check.mistakes.push(mistakeAt({ ...at(section, 'listen'), problem, allowed, hint }));
  } else if (section.values.tls_cert === null) {
    const text = `tokens and logs cross the network of "${listen.host}" unencrypted; tls_cert and tls_key, or a proxy, protect them`;
    check.warnings.push({ ...at(section, 'listen'), text });
  }
}

function checkTls(check: Check): void {
  const section = theSection(check.sections, 'http');
  const { tls_cert: cert, tls_key: key } = section?.values ?? {};
  if (section === undefined || cert === undefined || key === undefined) return;
  if ((cert === null) === (key === null)) return;
  const [missing, given] = cert === null ? ['tls_cert', 'tls_key'] : ['tls_key', 'tls_cert'];
  const problem = `the setting is missing: \`${given}\` is of no use without it`;
  check.mistakes.push(mistakeAt({ ...at(section, missing!), problem, allowed: 'a file' }));
}

function checkEmail(check: Check): PasswordReading {
  const section = theSection(check.sections, 'email');
  if (section === undefined) return { kind: 'none' };
  const { host, secure, user, password_file: file } = section.values;
  if (host !== undefined && secure === 'none' && !isLoopbackHost(host)) {
    const text = `mail and password go to "${host}" unencrypted; starttls or tls protects them`;
    check.warnings.push({ ...at(section, 'secure'), text });
  }
  // A file that was refused for its name says nothing about whether there is a password.
  if (file === undefined) return { kind: 'none' };
  const path = file === null ? null : resolve(check.context.projectFolder, file);
  const password = readPassword(path, EMAIL_PASSWORD, check.context.environment);
  reportPassword(check, at(section, 'password_file'), password);
  if (password.kind === 'none' && user) {
    const problem = 'to sign in, a password is needed';
    const hint = `Name a \`password_file\`, or set ${EMAIL_PASSWORD.variable}`;
    reportNoPassword(check, at(section, 'user'), { problem, hint });
  }
  if (file !== null && user === null) {
    const problem = 'there is a password, but no `user` to sign in with';
    check.mistakes.push(mistakeAt({ ...at(section, 'password_file'), problem }));
  }
  return password;
}

function reportPassword(
  check: Check,
  place: ReturnType<typeof at>,
  password: PasswordReading,
): void {
  if (password.kind === 'refused') {
    const origin = password.from === 'file' ? 'file' : 'credential that systemd passes';
    const problem = `the password cannot be taken from the ${origin}: ${password.problem}`;
    reportNoPassword(check, place, { problem });
  } else if (password.kind === 'found' && password.warning !== null) {
    check.warnings.push({ ...place, text: password.warning });
  }
}

/** A mistake for who has to sign in; a word for everybody else, who may not be allowed to read it. */
function reportNoPassword(
  check: Check,
  place: ReturnType<typeof at>,
  { problem, hint }: Readonly<{ problem: string; hint?: string }>,
): void {
  if (check.context.needsPasswords === false) {
    check.warnings.push({ ...place, text: `${problem}; this command has none, the service may` });
    return;
  }
  check.mistakes.push(mistakeAt({ ...place, problem, ...(hint === undefined ? {} : { hint }) }));
}

/** A cluster is needed where the engine says so; what travels to other machines is worth a certificate. */
function checkClickHouse(check: Check): Omit<Passwords, 'email'> {
  const store = theSection(check.sections, 'store');
  const section = theSection(check.sections, 'clickhouse');
  if (section === undefined) {
    if (store?.values.engine !== undefined && store.values.engine !== 'local') {
      const problem = 'this needs a cluster, and there is no [clickhouse] section';
      check.mistakes.push(mistakeAt({ ...at(store, 'engine'), problem }));
    }
    return { clickhouseWriter: { kind: 'none' }, clickhouseReader: { kind: 'none' } };
  }
  const addresses = section.values.shards?.flat() ?? [];
  const open = addresses.find((address) => {
    const { protocol, hostname } = new URL(address);
    return protocol === 'http:' && !isLoopbackHost(hostname.replace(/^\[|\]$/g, ''));
  });
  if (open !== undefined) {
    const text = `entries and password go to "${open}" unencrypted; https protects them`;
    check.warnings.push({ ...at(section, 'shards'), text });
  }
  if (section.values.verify === false) {
    const text = 'certificates are not verified: whoever sits in between can read everything';
    check.warnings.push({ ...at(section, 'verify'), text });
  }
  const passwordOf = (
    key: 'password_file' | 'reader_password_file',
    names: PasswordNames,
  ): PasswordReading => {
    const file = section.values[key];
    if (file === undefined) return { kind: 'none' };
    const path = file === null ? null : resolve(check.context.projectFolder, file);
    const password = readPassword(path, names, check.context.environment);
    reportPassword(check, at(section, key), password);
    return password;
  };
  return {
    clickhouseWriter: passwordOf('password_file', CLICKHOUSE_PASSWORD),
    clickhouseReader: passwordOf('reader_password_file', CLICKHOUSE_READER_PASSWORD),
  };
}
