/**
 * What a key of JSON or logfmt means, by its name: the stamp, the level, the message, the component.
 *
 * Names are compared without regard to case, in their dotted form. Of several keys with one role the one that
 * ranks first in these lists wins; the others stay fields.
 */

export const ROLE = {
  NONE: 0,
  TIME: 1,
  LEVEL: 2,
  MESSAGE: 3,
  COMPONENT: 4,
  STATUS: 5,
  NANOSECOND: 6,
  TAGS: 7,
  NEXTCLOUD: 8,
} as const;

/** Roles are packed as `scale << SCALE_SHIFT | role * RANKS + rank`; rank 0 is the best. */
export const RANKS = 256;
export const SCALE_SHIFT = 16;

/** What the numbers of a level field count: pino's and syslog's, Python's, OpenTelemetry's. */
export const SCALE = { COMMON: 0, PYTHON: 1, OPEN_TELEMETRY: 2 } as const;
const SCALE_OF_NAME: Readonly<Record<string, number>> = {
  levelno: SCALE.PYTHON,
  'record.level.no': SCALE.PYTHON,
  severitynumber: SCALE.OPEN_TELEMETRY,
  severity_number: SCALE.OPEN_TELEMETRY,
};

const NAMES: Readonly<Record<number, readonly string[]>> = {
  [ROLE.TIME]: [
    '@timestamp',
    'timestamp',
    'time',
    'ts',
    '@t',
    't',
    't.$date',
    'datetime',
    'date_time',
    'asctime',
    'timestamp_ns',
    'time_unix_nano',
    'timeunixnano',
    'timestampms',
    'eventtime',
    'event_time',
    'time_iso8601',
    'time_local',
    'starttime',
    'start_time',
    'startutc',
    'unixtime',
    'calendartime',
    'event.created',
    'log.time',
    'record.time.repr',
    'record.time.timestamp',
    'instant.epochsecond',
    '__realtime_timestamp',
    'syslog.timestamp',
    'log_time',
    'logtime',
    'logged_at',
    'log_timestamp',
    'utc_time',
    'utctime',
    'gmttime',
    'date',
    'created',
    'created_at',
    'createdat',
    'edgestarttimestamp',
    'msec',
    'unixutcdate',
    'requestreceivedtimestamp',
    'stagetimestamp',
  ],
  [ROLE.LEVEL]: [
    'level',
    'lvl',
    'severity',
    'log.level',
    'loglevel',
    'log_level',
    'levelname',
    'level_name',
    'severity_text',
    'severitytext',
    '@l',
    'record.level.name',
    'log.syslog.severity.name',
    'eventloglevel',
    's',
    'l',
    'lev',
    'priority',
    'syslog_severity',
    'syslog.severity',
    'log.severity',
    'levelno',
    'severitynumber',
    'severity_number',
    'prio',
    '@level',
    'error_severity',
    'severitylabel',
    'severity_label',
    'eventlevel',
  ],
  [ROLE.MESSAGE]: [
    'msg',
    'message',
    '@m',
    'short_message',
    'record.message',
    'renderedmessage',
    'rendered_message',
    '@mt',
    'messagetemplate',
    'log',
    'body',
    'body.stringvalue',
    'event',
    'text',
    'log.message',
    'm',
    'full_message',
    'request',
    '@message',
    'fields.message',
    'textpayload',
    'jsonpayload.message',
    'logmessage',
    'log_message',
    'output',
  ],
  [ROLE.COMPONENT]: [
    'component',
    'logger',
    'loggername',
    'logger_name',
    'log.logger',
    'sourcecontext',
    'properties.sourcecontext',
    'record.name',
    'c',
    'syslog_identifier',
    'program',
    'appname',
    'app_name',
    'channel',
    'category',
    'module',
    'name',
    'service',
    'service.name',
    'service_name',
    'app',
    'application',
    'caller',
    'target',
    'subsystem',
    'tag',
    '@module',
  ],
  [ROLE.NANOSECOND]: ['instant.nanoofsecond'],
  // Kibana's level is one of its tags.
  [ROLE.TAGS]: ['tags'],
  // Whoever numbers requests so counts levels from 0, debug, to 4, fatal.
  [ROLE.NEXTCLOUD]: ['reqid'],
  [ROLE.STATUS]: [
    'status',
    'status_code',
    'statuscode',
    'response_code',
    'downstreamstatus',
    'http.response.status_code',
    'http.status_code',
    'http_status',
    'res.statuscode',
    'response.status',
    'http.status',
    'sc-status',
  ],
};

const ROLE_OF_NAME = new Map<string, number>();
for (const [role, names] of Object.entries(NAMES)) {
  names.forEach((name, rank) => {
    const scale = SCALE_OF_NAME[name] ?? SCALE.COMMON;
    ROLE_OF_NAME.set(name, (scale << SCALE_SHIFT) | (Number(role) * RANKS + rank));
  });
}

/** Role and rank of a key, packed; 0 for none. */
export function roleOf(name: string): number {
  return ROLE_OF_NAME.get(name.toLowerCase()) ?? ROLE.NONE;
}
