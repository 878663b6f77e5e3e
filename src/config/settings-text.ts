/**
 * `Settings` → config text that reads to the same settings: what `logstead check --settings` prints.
 *
 * Every setting is written, defaults too. A password is named by its file, never written.
 */
import { type SectionKind, type SectionValues, sectionOf } from './declaration.ts';
import { LOG_DIR_WATCH } from './make-settings.ts';
import type {
  ClickHouseSettings,
  EmailSettings,
  Settings,
  WatchRotation,
  WatchSettings,
} from './settings.ts';

export function settingsText(settings: Settings): string {
  const { paths, rotation, report, retention, http } = settings;
  const sections = [
    sectionText('paths', 'paths', {
      log_dir: paths.logDir,
      report_dir: paths.reportDir,
      archive_dir: paths.archiveDir,
      notify_dir: paths.notifyDir,
      state_dir: paths.stateDir,
    }),
    ...settings.watches.map(watchText),
    ...settings.formats.map(({ name, pattern, sample }) =>
      sectionText('format', `format:${name}`, { pattern, sample }),
    ),
    ...settings.alerts.map((alert) =>
      sectionText('alert', `alert:${alert.name}`, {
        when: alert.when,
        threshold: alert.threshold,
        window: alert.windowMs,
        cooldown: alert.cooldownMs,
        severity: alert.severity,
        description: alert.description,
        enabled: alert.enabled,
        notify: alert.notify,
        group_by: alert.groupBy,
        backfill: alert.backfill,
        backfill_after: alert.backfillAfterMs,
      }),
    ),
    ...(settings.email === null ? [] : [emailText(settings.email)]),
    sectionText('notify', 'notify', settings.notify),
    sectionText('rotation', 'rotation', {
      enabled: rotation.enabled,
      schedule: rotation.schedule,
      timezone: rotation.timezone,
      idle: rotation.idleMs,
      compress: rotation.compression,
      verify: rotation.verifyEveryMs,
    }),
    sectionText('report', 'report', { mail: report.mail }),
    sectionText('retention', 'retention', {
      age: retention.ageMs,
      index_size: retention.indexBytesMax,
      levels: retention.levels,
      sources: retention.sources,
      free_space: retention.freeBytesMin,
      archive_age: retention.archive.ageMs,
      archive_size: retention.archive.bytesMax,
      archive_last_copy: retention.archive.lastCopy,
    }),
    sectionText('store', 'store', settings.store),
    ...(settings.clickhouse === null ? [] : [clickHouseText(settings.clickhouse)]),
    sectionText('http', 'http', {
      enabled: http.enabled,
      listen: { host: http.host, port: http.port },
      tokens: http.tokens.map(({ name, sha256 }) => `${name}:${sha256}`),
      hosts: http.hosts,
      tls_cert: http.tls?.cert ?? null,
      tls_key: http.tls?.key ?? null,
    }),
    sectionText('log', 'log', settings.log),
  ];
  return sections.join('\n');
}

function watchText(watch: WatchSettings): string {
  return sectionText('watch', `watch:${watch.name}`, {
    path: watch.name === LOG_DIR_WATCH ? null : watch.paths,
    include: watch.include,
    exclude: watch.exclude,
    source: watch.source,
    tags: watch.tags,
    format: watch.format ?? 'auto',
    timezone: watch.timezone,
    encoding: watch.encoding,
    multiline: watch.multiline,
    read_from: watch.readFrom,
    archive: watch.archive,
    ...watchRotationValues(watch.rotation),
  });
}

function watchRotationValues(rotation: WatchRotation) {
  return {
    idle: rotation.idleMs,
    compress: rotation.compression,
    archive_age: rotation.archiveAgeMs,
    archive_size: rotation.archiveBytesMax,
  };
}

function emailText(email: EmailSettings): string {
  const source = email.passwordSource;
  return sectionText('email', 'email', {
    host: email.host,
    port: email.port,
    secure: email.secure,
    user: email.user,
    password_file: source?.kind === 'file' ? source.path : null,
    from: email.from,
    to: email.to,
  });
}

function clickHouseText(cluster: ClickHouseSettings): string {
  const { writerPasswordSource: writer, readerPasswordSource: reader } = cluster;
  return sectionText('clickhouse', 'clickhouse', {
    shards: cluster.shards,
    cluster: cluster.cluster,
    database: cluster.database,
    replicated: cluster.replicated,
    user: cluster.writer.name,
    password_file: writer?.kind === 'file' ? writer.path : null,
    reader_user: cluster.reader.name,
    reader_password_file: reader?.kind === 'file' ? reader.path : null,
    ca_file: cluster.caFile,
    verify: cluster.verify,
    host: cluster.host,
    delay: cluster.delayMs,
    compress: cluster.compress,
    hold_size: cluster.holdBytesMax,
    ttl: cluster.ttlMs,
    throttle: cluster.backfillRowsPerSecond,
  });
}

/** The type of `values` keeps this in step with the declaration. */
function sectionText<K extends SectionKind>(
  kind: K,
  heading: string,
  values: SectionValues<K>,
): string {
  let text = `[${heading}]\n`;
  const { settings } = sectionOf(kind);
  for (const [key, value] of Object.entries(values)) {
    const setting = settings[key]!;
    // Null is how a setting without default is absent; where a word stands for null, it is written.
    if (value === null && setting.fallback.kind === 'none') continue;
    text += `${key} = ${setting.kind.write(value)}\n`;
  }
  return text;
}
