/** Answers about incidents, silences and rules as JSON Schema. */
import { RULE_KINDS } from '../model/incident.ts';
import { ALERT_SEVERITIES, CHANNEL_KINDS } from '../model/notification.ts';
import { COUNT, type JsonSchema, listOf, objectOf, orNull, TEXT } from './answer-schemas.ts';

const TIME: JsonSchema = { type: 'string', format: 'date-time' };

const INCIDENT: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  required: [
    'id',
    'rule',
    'severity',
    'state',
    'openedAt',
    'resolvedAt',
    'count',
    'group',
    'notified',
  ],
  properties: {
    id: TEXT,
    rule: TEXT,
    severity: { type: 'string', enum: ALERT_SEVERITIES },
    state: { type: 'string', enum: ['open', 'resolved'] },
    openedAt: TIME,
    resolvedAt: orNull(TIME),
    firstAt: TIME,
    lastAt: TIME,
    count: COUNT,
    group: { type: 'object', additionalProperties: TEXT },
    notified: COUNT,
    backfill: { type: 'boolean' },
    acknowledgedAt: orNull(TIME),
    heldBy: orNull(TEXT),
    heldUntil: orNull(TIME),
    query: orNull(TEXT),
  },
};

export const INCIDENTS_ANSWER = objectOf({ incidents: listOf(INCIDENT) });

const TOLD = objectOf({
  channel: TEXT,
  recipient: TEXT,
  state: { type: 'string', enum: ['queued', 'failed', 'held', 'sent', 'dead'] },
  attempts: COUNT,
  at: orNull(TIME),
  error: orNull(TEXT),
});

export const INCIDENT_ANSWER = objectOf({
  incident: INCIDENT,
  history: listOf(
    objectOf({
      event: TEXT,
      at: TIME,
      said: TIME,
      heldBy: orNull(TEXT),
      note: orNull(TEXT),
      notification: orNull(TEXT),
      told: listOf(TOLD),
    }),
  ),
});

export const SILENCES_ANSWER = objectOf({
  silences: listOf(
    objectOf({ id: TEXT, query: TEXT, from: TIME, until: TIME, who: TEXT, why: TEXT }),
  ),
});

export const REHEARSAL_ANSWER = objectOf({
  mode: { type: 'string', enum: ['recorded', 'live'] },
  since: TIME,
  incidents: listOf(INCIDENT),
  incidentCount: COUNT,
  notificationCount: COUNT,
  delivered: listOf(
    objectOf({
      channel: { type: 'string', enum: CHANNEL_KINDS },
      recipient: TEXT,
      count: COUNT,
      digestCount: COUNT,
      digestedCount: COUNT,
    }),
  ),
  held: listOf(objectOf({ by: TEXT, count: COUNT })),
  notes: listOf(TEXT),
});

export const RULE_LIKE_ANSWER = objectOf({
  name: TEXT,
  reason: TEXT,
  config: TEXT,
  query: TEXT,
  rehearsal: REHEARSAL_ANSWER,
});

export const RULES_ANSWER = objectOf({
  rules: listOf({
    type: 'object',
    additionalProperties: true,
    required: ['name', 'kind', 'counters', 'groupCount', 'heldLineCount', 'openIncidentCount'],
    properties: {
      name: TEXT,
      kind: { type: 'string', enum: RULE_KINDS },
      counters: { type: 'object', additionalProperties: COUNT },
      groupCount: COUNT,
      heldLineCount: COUNT,
      openIncidentCount: COUNT,
      failedCount: COUNT,
      bytes: COUNT,
      testedCount: COUNT,
      spentUs: COUNT,
      learnsUntilMs: orNull({ type: 'number' }),
    },
  }),
});
