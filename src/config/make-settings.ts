/** Checked sections → `Settings`: names as the program says them, paths absolute. Only for sections without a mistake. */
import { join, resolve } from 'node:path';
import { assert } from '../base/assert.ts';
import type { Channel } from '../model/notification.ts';
import { allSections, type CheckedSection, defaultsOf, theSection } from './check-sections.ts';
import type { SectionKind, SectionValues } from './declaration.ts';
import {
  alertFrom,
  commandFrom,
  notifyFrom,
  routeFrom,
  webhookFrom,
} from './make-alert-settings.ts';
import { retentionFrom, rotationFrom, watchRotationFrom } from './make-rotation.ts';
import type { ConfigWarning } from './mistakes.ts';
import type { Passwords } from './password.ts';
import { literalPattern } from './path-kinds.ts';
import { absolutePattern, filterPattern, fixedPartOf, isInside } from './resolve-paths.ts';
import type {
  ClickHouseSettings,
  EmailSettings,
  FormatSettings,
  HttpSettings,
  PathSettings,
  Settings,
  WatchSettings,
} from './settings.ts';

export type MakeSettingsContext = Readonly<{
  configPath: string | null;
  projectFolder: string;
  passwords: Passwords;
  warnings: readonly ConfigWarning[];
}>;

/** The name of the watch that `log_dir` is. */
export const LOG_DIR_WATCH = 'log_dir';

export function makeSettings(
  sections: readonly CheckedSection[],
  context: MakeSettingsContext,
): Settings {
  const { configPath, projectFolder } = context;
  const paths = pathsFrom(only(sections, 'paths'), projectFolder);
  const formats = allSections(sections, 'format').map((section) => ({
    name: section.name,
    ...valuesOf(section),
  }));
  const emailSection = theSection(sections, 'email');
  const email = emailSection === undefined ? null : emailFrom(valuesOf(emailSection), context);
  const toldChannels = (channels: readonly Channel[]): readonly Channel[] =>
    email === null ? channels.filter((channel) => channel !== 'email') : channels;
  const clickHouse = theSection(sections, 'clickhouse');
  const rotation = only(sections, 'rotation');
  const http = only(sections, 'http');
  return {
    configPath,
    projectFolder,
    paths,
    formats,
    watches: watchesFrom(sections, { paths, formats, projectFolder, rotation }),
    alerts: allSections(sections, 'alert').map((section) =>
      alertFrom(section.name, valuesOf(section), toldChannels),
    ),
    rotation: rotationFrom(rotation),
    report: { mail: only(sections, 'report').mail && email !== null },
    retention: retentionFrom(only(sections, 'retention')),
    email,
    store: { engine: only(sections, 'store').engine },
    clickhouse: clickHouse === undefined ? null : clickHouseFrom(valuesOf(clickHouse), context),
    notify: notifyFrom(only(sections, 'notify'), toldChannels),
    routes: allSections(sections, 'route').map((section) =>
      routeFrom(section.name, valuesOf(section), toldChannels),
    ),
    webhooks: allSections(sections, 'webhook').map((section) =>
      webhookFrom(section.name, valuesOf(section), projectFolder),
    ),
    commands: allSections(sections, 'command').map((section) =>
      commandFrom(section.name, valuesOf(section)),
    ),
    http: httpFrom(http, projectFolder),
    log: { level: only(sections, 'log').level },
    warnings: context.warnings,
  };
}

function httpFrom(http: SectionValues<'http'>, projectFolder: string): HttpSettings {
  const { enabled, listen, tokens, hosts, tls_cert: cert, tls_key: key } = http;
  const inProject = (path: string): string => resolve(projectFolder, path);
  const named = tokens.map((token) => {
    const [name = '', sha256 = ''] = token.split(':');
    return { name, sha256 };
  });
  const tls = cert === null || key === null ? null : { cert: inProject(cert), key: inProject(key) };
  return { enabled, host: listen.host, port: listen.port, tokens: named, hosts, tls };
}

function valuesOf<K extends SectionKind>(section: CheckedSection<K>): SectionValues<K> {
  assert(section.isComplete, 'settings are made of sections without a mistake');
  return section.values as SectionValues<K>;
}

function only<K extends SectionKind>(
  sections: readonly CheckedSection[],
  kind: K,
): SectionValues<K> {
  const section = theSection(sections, kind);
  assert(section !== undefined, 'sections that are not written have their defaults');
  return valuesOf(section);
}

function pathsFrom(values: SectionValues<'paths'>, projectFolder: string): PathSettings {
  return {
    logDir: resolve(projectFolder, values.log_dir),
    reportDir: resolve(projectFolder, values.report_dir),
    archiveDir: resolve(projectFolder, values.archive_dir),
    notifyDir: resolve(projectFolder, values.notify_dir),
    stateDir: resolve(projectFolder, values.state_dir),
  };
}

type WatchContext = Readonly<{
  paths: PathSettings;
  formats: readonly FormatSettings[];
  projectFolder: string;
  rotation: SectionValues<'rotation'>;
}>;

function watchesFrom(
  sections: readonly CheckedSection[],
  context: WatchContext,
): readonly WatchSettings[] {
  const written = allSections(sections, 'watch').map((section) =>
    watchFrom(section.name, valuesOf(section), context),
  );
  const ofLogDir = written.find((watch) => watch.name === LOG_DIR_WATCH);
  const others = written.filter((watch) => watch !== ofLogDir);
  return [...others, ofLogDir ?? watchFrom(LOG_DIR_WATCH, defaultsOf('watch'), context)];
}

function watchFrom(
  name: string,
  values: SectionValues<'watch'>,
  { paths, formats, projectFolder, rotation }: WatchContext,
): WatchSettings {
  const patterns =
    name === LOG_DIR_WATCH
      ? [join(literalPattern(paths.logDir), '**/*.log')]
      : (values.path ?? []).map((pattern) => absolutePattern(projectFolder, pattern));
  const isBelowLogDir = patterns.every((pattern) => isInside(fixedPartOf(pattern), paths.logDir));
  return {
    name,
    paths: patterns,
    include: values.include.map((pattern) => filterPattern(projectFolder, pattern)),
    exclude: values.exclude.map((pattern) => filterPattern(projectFolder, pattern)),
    source: values.source,
    tags: values.tags,
    format: values.format === 'auto' ? null : values.format,
    declared: formats.find(({ name: declared }) => declared === values.format) ?? null,
    timezone: values.timezone,
    encoding: values.encoding,
    multiline: values.multiline,
    readFrom: values.read_from,
    archive: values.archive ?? isBelowLogDir,
    rotation: watchRotationFrom(values, rotation, projectFolder),
  };
}

const PORT_SUBMISSION = 587;
const PORT_SUBMISSION_TLS = 465;

function emailFrom(
  values: SectionValues<'email'>,
  { passwords: { email: password } }: MakeSettingsContext,
): EmailSettings {
  const found = password.kind === 'found' && values.user !== null ? password : null;
  return {
    host: values.host,
    port: values.port ?? (values.secure === 'tls' ? PORT_SUBMISSION_TLS : PORT_SUBMISSION),
    secure: values.secure,
    user: values.user,
    password: found?.password ?? null,
    passwordSource: found?.source ?? null,
    from: values.from,
    to: values.to,
    budget: values.budget,
  };
}

function clickHouseFrom(
  values: SectionValues<'clickhouse'>,
  { passwords, projectFolder }: MakeSettingsContext,
): ClickHouseSettings {
  const { clickhouseWriter: writer, clickhouseReader: reader } = passwords;
  return {
    shards: values.shards,
    cluster: values.cluster,
    database: values.database,
    replicated: values.replicated,
    writer: { name: values.user, password: writer.kind === 'found' ? writer.password : null },
    writerPasswordSource: writer.kind === 'found' ? writer.source : null,
    reader: {
      name: values.reader_user,
      password: reader.kind === 'found' ? reader.password : null,
    },
    readerPasswordSource: reader.kind === 'found' ? reader.source : null,
    caFile: values.ca_file === null ? null : resolve(projectFolder, values.ca_file),
    verify: values.verify,
    host: values.host,
    delayMs: values.delay,
    compress: values.compress,
    holdBytesMax: values.hold_size,
    ttlMs: values.ttl,
    backfillRowsPerSecond: values.throttle,
  };
}
