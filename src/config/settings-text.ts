/**
 * `Settings` → config text that reads to the same settings: what `logstead check --settings` prints.
 *
 * Every setting is written, defaults too. A password is named by its file, never written; of the address of a webhook,
 * which is a secret as well, only the server is.
 */
import { isRead } from './alert-kinds.ts';
import type { AlertSettings } from './alert-settings.ts';
import { type SectionKind, type SectionValues, sectionOf } from './declaration.ts';
import { LOG_DIR_WATCH } from './make-settings.ts';
import type { NotifySettings, WebhookSettings } from './notify-settings.ts';
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
    ...settings.alerts.map(alertText),
    ...(settings.email === null ? [] : [emailText(settings.email)]),
    notifyText(settings.notify),
    ...settings.routes.map((route) =>
      sectionText('route', `route:${route.name}`, {
        severity: route.severities,
        rules: route.rules,
        sources: route.sources,
        notify: route.notify,
        to: route.to,
      }),
    ),
    ...settings.webhooks.map(webhookText),
    ...settings.commands.map(({ name, argv, timeoutMs }) =>
      sectionText('command', `command:${name}`, { run: argv, timeout: timeoutMs }),
    ),
    sectionText('rotation', 'rotation', {
      enabled: rotation.enabled,
      schedule: rotation.schedule,
      timezone: rotation.timezone,
      idle: rotation.idleMs,
      compress: rotation.compression,
      active: rotation.active,
      active_size: rotation.activeBytesMin,
      active_age: rotation.activeAgeMsMin,
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
      archive_sources: retention.archive.sources,
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
  const { active } = rotation;
  const signal = active.writers.find((call) => call.kind === 'signal');
  const command = active.writers.find((call) => call.kind === 'command');
  return {
    schedule: rotation.schedule,
    idle: rotation.idleMs,
    compress: rotation.compression,
    archive_age: rotation.archiveAgeMs,
    archive_size: rotation.archiveBytesMax,
    active: active.way,
    active_size: active.bytesMin,
    active_age: active.ageMsMin,
    post_rotate_signal: signal?.signal ?? null,
    post_rotate_pid_file: signal?.pidFile ?? null,
    post_rotate_command: command?.argv ?? null,
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
    budget: email.budget,
  });
}

/** Settings of other kinds are left out: written, they would be mistakes. */
function alertText(alert: AlertSettings): string {
  return sectionText(
    'alert',
    `alert:${alert.name}`,
    {
      when: alert.when,
      kind: alert.kind,
      threshold: alert.threshold,
      window: alert.windowMs,
      cooldown: alert.cooldownMs,
      severity: alert.severity,
      description: alert.description,
      enabled: alert.enabled,
      notify: alert.notify,
      group_by: alert.groupBy,
      max_groups: alert.maxGroups,
      resolve_after: alert.resolveAfterMs,
      remind_every: alert.remindEveryMs,
      worse: alert.worse,
      inhibited_by: alert.inhibitedBy,
      inhibit_equal: alert.inhibitEqual,
      lateness: alert.latenessMs,
      late: alert.late,
      backfill: alert.backfill,
      backfill_after: alert.backfillAfterMs,
      silence: alert.silenceMs,
      expect: alert.expect,
      schedule: alert.schedule,
      timezone: alert.timezone,
      forget_after: alert.forgetAfterMs,
      percent: alert.percent,
      of: alert.of,
      minimum: alert.minimum,
      field: alert.field,
      aggregate: alert.aggregate,
      above: alert.above,
      below: alert.below,
      at_least: alert.atLeast,
      ratio: alert.ratio,
      baseline: alert.baseline,
      season: alert.season,
      next: alert.next,
      within: alert.withinMs,
      hold: alert.holdMs,
      learn: alert.learnMs,
    },
    (key) => isRead(alert.kind, key),
  );
}

function notifyText(notify: NotifySettings): string {
  return sectionText('notify', 'notify', {
    success: notify.success,
    failure: notify.failure,
    quiet_hours: notify.quietHours,
    quiet_severities: notify.quietSeverities,
    timezone: notify.timezone,
    context: notify.contextLines,
    link: notify.link,
  });
}

function webhookText(webhook: WebhookSettings): string {
  return sectionText('webhook', `webhook:${webhook.name}`, {
    url: webhook.url,
    body: webhook.body,
    secret_file: webhook.secretFile,
    token_file: webhook.tokenFile,
    private: webhook.isPrivateAllowed,
    timeout: webhook.timeoutMs,
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
  isWritten: (key: string) => boolean = () => true,
): string {
  let text = `[${heading}]\n`;
  const { settings } = sectionOf(kind);
  for (const [key, value] of Object.entries(values)) {
    const setting = settings[key]!;
    if (!isWritten(key)) continue;
    // Null is how a setting without default is absent; where a word stands for null, it is written.
    if (value === null && setting.fallback.kind === 'none') continue;
    const written = setting.kind.write(value);
    const shown = setting.kind.shown?.(value) ?? written;
    // As a comment: a config that is made of this text lacks the setting, and sends nothing elsewhere.
    text += `${shown === written ? '' : ';'}${key} = ${shown}\n`;
  }
  return text;
}
