/** `GET /api/report?format=json` as JSON Schema: what `report/report-json.ts` writes. */
import { LEVELS } from '../model/level.ts';
import { ALERT_SEVERITIES } from '../model/notification.ts';
import {
  COUNT,
  COUNTS,
  listOf,
  NUMBER,
  objectOf,
  orNull,
  TEXT,
  TIME,
  YES_OR_NO,
} from './answer-schemas.ts';

const LEVEL = orNull({ type: 'string', enum: LEVELS });
const NAMES = listOf(
  objectOf({ name: TEXT, total: COUNT, levels: COUNTS, first: TIME, last: TIME }),
);

const PATTERN = {
  pattern: TEXT,
  level: LEVEL,
  source: TEXT,
  count: COUNT,
  first: TIME,
  last: TIME,
  example: TEXT,
};
const PATTERNS = listOf(objectOf(PATTERN));

const NEWS = objectOf({
  historyDays: COUNT,
  new: PATTERNS,
  compared: orNull(objectOf({ day: TEXT, with: TEXT, weekBefore: orNull(TEXT), timezone: TEXT })),
  stopped: listOf(objectOf({ ...PATTERN, perDay: NUMBER })),
  moved: listOf(
    objectOf({
      pattern: TEXT,
      level: LEVEL,
      source: TEXT,
      count: COUNT,
      before: COUNT,
      weekBefore: orNull(COUNT),
      factor: NUMBER,
    }),
  ),
});

const ROUTES = listOf(
  objectOf({
    source: TEXT,
    route: TEXT,
    count: COUNT,
    failed: COUNT,
    times: orNull(
      objectOf({ timed: COUNT, meanMs: NUMBER, p50Ms: NUMBER, p95Ms: NUMBER, maxMs: NUMBER }),
    ),
  }),
);

const INCIDENT = objectOf({
  id: TEXT,
  rule: TEXT,
  description: TEXT,
  severity: { type: 'string', enum: ALERT_SEVERITIES },
  group: { type: 'object', additionalProperties: TEXT },
  opened: TIME,
  resolved: orNull(TIME),
  count: COUNT,
  notified: COUNT,
});

const COVERAGE = objectOf({
  filesFollowed: COUNT,
  readBytes: COUNT,
  skippedBytes: COUNT,
  lostBytes: COUNT,
  losses: listOf(objectOf({ path: TEXT, sizeBytes: COUNT, reason: TEXT, at: TIME })),
  mails: orNull(objectOf({ sent: COUNT, failed: COUNT, waiting: COUNT })),
  lateCount: orNull(COUNT),
  archives: orNull(
    objectOf({ fileCount: COUNT, originalBytes: COUNT, storedBytes: COUNT, damagedCount: COUNT }),
  ),
  diskBytes: orNull(COUNT),
  disk: orNull(objectOf({ freeBytes: COUNT, totalBytes: COUNT, daysLeft: orNull(NUMBER) })),
});

export const REPORT_ANSWER = objectOf({
  host: TEXT,
  written: TIME,
  timezone: TEXT,
  from: orNull(TIME),
  until: orNull(TIME),
  verdict: objectOf({ title: TEXT, trouble: YES_OR_NO, lead: listOf(TEXT) }),
  total: COUNT,
  levels: COUNTS,
  sources: NAMES,
  files: NAMES,
  histogram: orNull(objectOf({ from: TIME, widthMs: COUNT, buckets: listOf(COUNTS) })),
  topErrors: PATTERNS,
  topMessages: PATTERNS,
  patterns: COUNT,
  news: orNull(NEWS),
  otherPatterns: COUNT,
  requests: orNull(
    objectOf({ total: COUNT, failed: COUNT, routes: COUNT, frequent: ROUTES, slowest: ROUTES }),
  ),
  incidents: listOf(INCIDENT),
  incidentCounts: objectOf({ total: COUNT, open: COUNT }),
  coverage: COVERAGE,
});
