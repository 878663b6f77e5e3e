/**
 * Names of settings that people bring along from other programs (ElastAlert, Prometheus, Graylog, Filebeat, logrotate, …), and
 * those that may be meant here. They are suggested, never taken.
 */

const MEANT: Readonly<Record<string, readonly string[]>> = {
  when: ['condition', 'expr', 'expression', 'filter', 'match', 'query', 'regex', 'search'],
  kind: ['rule_type', 'type'],
  threshold: ['count', 'events', 'limit', 'num_events'],
  window: ['for', 'interval', 'period', 'range', 'timeframe', 'within_last'],
  cooldown: ['debounce', 'realert', 'suppress', 'throttle'],
  remind_every: ['re_notify', 'renotify', 'repeat_interval'],
  severity: ['priority', 'urgency'],
  description: ['annotations', 'message', 'runbook', 'runbook_url', 'summary', 'title'],
  enabled: ['active', 'disabled', 'enable'],
  group_by: ['by', 'group', 'key', 'query_key'],
  notify: ['action', 'actions', 'alert', 'channel', 'channels', 'email', 'receiver', 'receivers'],
  path: ['directory', 'file', 'files', 'filename', 'folder', 'glob', 'paths'],
  exclude: ['blacklist', 'exclude_files', 'exclude_path', 'ignore'],
  include: ['include_files', 'whitelist'],
  source: ['app', 'application', 'id', 'name', 'service'],
  tags: ['fields', 'labels', 'tag'],
  format: ['codec', 'parser', 'type'],
  timezone: ['time_zone', 'tz', 'zone'],
  read_from: ['from_beginning', 'start_position', 'tail'],
  post_rotate_command: ['post_rotate', 'postrotate'],
  active_size: ['maxsize', 'size'],
  archive_age: ['keep', 'maxage', 'retention', 'rotate'],
  schedule: ['at', 'cron', 'every', 'time', 'when'],
  host: ['hostname', 'server', 'smarthost', 'smtp', 'smtp_host', 'smtp_server'],
  port: ['smtp_port'],
  secure: ['require_tls', 'smtp_require_tls', 'ssl', 'starttls', 'tls'],
  user: ['auth_username', 'login', 'username'],
  from: ['from_addr', 'sender', 'smtp_from'],
  to: ['mailto', 'rcpt', 'recipient', 'recipients'],
  listen: ['address', 'bind', 'host', 'interface', 'port'],
  tokens: ['auth', 'password', 'token'],
  tls_cert: ['cert', 'certificate', 'ssl_cert', 'ssl_certificate'],
  tls_key: ['key', 'ssl_certificate_key', 'ssl_key'],
  hosts: ['allowed_hosts', 'server_name'],
  age: ['days', 'max_age', 'retention', 'ttl'],
  index_size: ['max_bytes', 'max_size', 'size'],
  url: ['address', 'endpoint', 'uri'],
  run: ['cmd', 'command', 'exec', 'program', 'script'],
};

/** Of the settings that a section has, the one that is meant by a name from elsewhere; null: it is none that is known. */
export function meantByForeign(name: string, known: readonly string[]): string | null {
  const plain = name.toLowerCase().replaceAll('-', '_');
  return known.find((key) => MEANT[key]?.includes(plain) === true) ?? null;
}
