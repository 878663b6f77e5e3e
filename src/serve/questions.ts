/**
 * What the HTTP API can be asked, and what it answers: plain data, as it travels to a query thread and back.
 *
 * The shapes of the answers are a contract; `answer-schemas.ts` says the same to programs, and a test compares them.
 */
import type { NameCount } from '../engine/aggregations.ts';
import type { AlertDetails, AlertDetailsQuestion } from '../model/alert-details.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { IncidentRecord } from '../model/incident-record.ts';
import type { AlertSeverity } from '../model/notification.ts';
import type { SavedQuery } from '../model/saved-query.ts';
import type { SilenceRecord } from '../model/silence.ts';
import type { IncidentEventRecord } from '../notify/incident-history.ts';
import type { Hit } from '../query/hits.ts';
import type { Table } from '../query/table.ts';
import type { RehearsalRecord } from '../rehearsal/rehearsal-record.ts';
import type { RehearsalSettings } from '../rehearsal/rehearsal-settings.ts';
import type { ReportSettings } from '../report/make-report.ts';
import type { ArchiveRecord } from '../rotate/archive-record.ts';
import type { SpanKind } from '../watch/ledger.ts';
import type { FieldStats } from './field-stats.ts';

/** What all questions have in common, as they come in the address. */
export type Question = Readonly<{
  q?: string;
  since?: string;
  until?: string;
  /** IANA name for times without a zone; default UTC. */
  timezone?: string;
  nowMs: number;
  deadlineMs: number;
}>;

export type SearchQuestion = Question &
  Readonly<{
    limit?: number;
    cursor?: string;
    order?: 'newest' | 'oldest';
    hits?: boolean;
    ids?: boolean;
  }>;

export type SearchAnswer = Readonly<{
  /** Empty where the query makes a table. */
  records: readonly EntryRecord[];
  /** What the stages of the query made, the first rows of it and how many it has; only there if they make one. */
  table?: Table & Readonly<{ rowCount: number }>;
  /** Where the next page begins; null: there is none. */
  cursor: string | null;
  /** Whether there are more behind the stages of the query, which no cursor goes on; only there where these give entries. */
  cut?: boolean;
  /** For each record the marked pieces of its message, `[start, end]`; only where asked for. */
  hits?: readonly (readonly Hit[])[];
  /** For each record the text that names it to `/api/context` and in links; only where asked for. */
  ids?: readonly string[];
  elapsedMs: number;
  /** Segments that were left out because they are damaged. */
  damagedSegments: number;
}>;

export type StatsAnswer = Readonly<{
  total: number;
  levels: Readonly<Record<string, number>>;
  sources: Readonly<Record<string, number>>;
  tags: Readonly<Record<string, number>>;
  first: string | null;
  last: string | null;
  elapsedMs: number;
}>;

export type HistogramAnswer = Readonly<{
  bucketMs: number;
  from: string | null;
  until: string | null;
  /** With a budget of time: what is older was not counted; null: all is. */
  countedFrom: string | null;
  total: number;
  buckets: readonly Readonly<{
    start: string;
    counts: Readonly<Record<string, number>>;
    total: number;
  }>[];
  elapsedMs: number;
}>;

/** What a histogram tells apart. */
export const HISTOGRAM_NAMES = ['level', 'source', 'tag'] as const;

export type HistogramQuestion = Question &
  Readonly<{
    buckets?: number;
    by?: (typeof HISTOGRAM_NAMES)[number];
    /** Answer with what can be counted in this time, the newest first. */
    budgetMs?: number;
  }>;
export type TailQuestion = Question &
  Readonly<{
    /** Go on behind this arrival number; null: with what comes from now on. */
    sequence: number | null;
    /** Look at so many arrival numbers at most. */
    span?: number;
  }>;
export type TailAnswer = Readonly<{
  /** What arrived, oldest first: the first of it where more waits, the newest where far too much does. */
  records: readonly EntryRecord[];
  hits: readonly (readonly Hit[])[];
  ids: readonly string[];
  /** Matches that were left out because there were too many at once. */
  skipped: number;
  /** Where the next look goes on. */
  sequence: number;
  /** More waits already. */
  more: boolean;
}>;
export type ValuesQuestion = Question &
  Readonly<{ field: string; prefix?: string; limit?: number }>;
export type ValuesAnswer = Readonly<{
  field: string;
  /** Most frequent first. */
  values: readonly NameCount[];
}>;
export type IncidentQuestion = Readonly<{
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  limit?: number;
  offset?: number;
}>;
export type IncidentsAnswer = Readonly<{ incidents: readonly IncidentRecord[] }>;

export type IncidentStoryQuestion = Readonly<{ id: string }>;
/** One incident, all that happened to it, and who was told. Null: none has this id, or several do. */
export type IncidentStoryAnswer = Readonly<{
  incident: IncidentRecord;
  history: readonly IncidentEventRecord[];
}> | null;
/** The entries of an incident, oldest first, page by page. */
export type IncidentLinesQuestion = Readonly<{
  id: string;
  nowMs: number;
  limit: number;
  /** Where an earlier answer ended. */
  after?: string;
}>;
/** Null: there is no such incident. */
export type IncidentLinesAnswer = Readonly<{
  incident: IncidentRecord;
  /** Empty where the condition is not known, or the index has let go of them. */
  records: readonly EntryRecord[];
  /** Whether they can be asked for at all: the rule is no function of a program. */
  hasQuery: boolean;
  /** For each record the marked pieces of its message. */
  hits: readonly (readonly Hit[])[];
  cursor: string | null;
}> | null;

export type SilencesQuestion = Readonly<{ nowMs: number }>;
export type SilencesAnswer = Readonly<{ silences: readonly SilenceRecord[] }>;

export type PatternsQuestion = Question & Readonly<{ limit?: number }>;
export type PatternsAnswer = Readonly<{
  /** Most frequent first. */
  patterns: readonly Readonly<{
    pattern: string;
    count: number;
    /** Of all entries that match, 0 to 1. */
    share: number;
    /** The worst one; `none` where no entry has a level. */
    level: string;
    /** A message of this shape. */
    example: string;
  }>[];
  elapsedMs: number;
}>;

export type ContextQuestion = Readonly<{ id: string; before: number; after: number }>;
/** The entries around one in its file, in the order in which they arrived. Null: it is not in the store (any more). */
export type ContextAnswer = Readonly<{
  records: readonly EntryRecord[];
  ids: readonly string[];
  /** Which of them was asked for. */
  index: number;
}> | null;

export const DOWNLOAD_FORMATS = ['ndjson', 'csv', 'raw'] as const;
export type DownloadFormat = (typeof DOWNLOAD_FORMATS)[number];
/** A piece of a download: it goes on at `cursor` until that is null. */
export type DownloadQuestion = Question &
  Readonly<{
    format: DownloadFormat;
    order?: 'newest' | 'oldest';
    cursor: string | null;
    /** Entries that may still come. */
    limit: number;
  }>;
export type DownloadAnswer = Readonly<{ text: string; count: number; cursor: string | null }>;

export type ActivityQuestion = Readonly<{ nowMs: number; deadlineMs: number }>;
export type ActivityAnswer = Readonly<{
  /** Length of one count; the last one ends now. */
  stepMs: number;
  from: string;
  until: string;
  /** Those with most entries first. */
  sources: readonly Readonly<{
    source: string;
    /** Entries in each step, by the time they carry. */
    counts: readonly number[];
    warnings: number;
    errors: number;
    newest: EntryRecord | null;
  }>[];
}>;

export type ArchivesQuestion = Readonly<{
  text?: string;
  source?: string;
  fromUs: number | null;
  untilUs: number | null;
  limit: number;
  offset: number;
}>;
export type ArchivesAnswer = Readonly<{
  archives: readonly ArchiveRecord[];
  total: number;
  bytes: number;
  storedBytes: number;
}>;

export const REPORT_FORMATS = ['json', 'html', 'text', 'md'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
export type ReportQuestion = Readonly<{
  fromUs: number;
  untilUs: number;
  format: ReportFormat;
  settings: ReportSettings;
}>;
export type ReportAnswer = Readonly<{ content: string }>;

export type RehearsalQuestion = Readonly<{
  rule: string;
  settings: RehearsalSettings;
  sinceUs: number;
  nowUs: number;
  mode: 'recorded' | 'live';
  deadlineMs: number;
}>;

/** A rule for lines like one entry, with what it would have found. */
export type RuleLikeQuestion = Omit<RehearsalQuestion, 'rule' | 'mode'> & Readonly<{ id: string }>;
/** Null: the entry is not in the store (any more). */
export type RuleLikeAnswer = Readonly<{
  name: string;
  reason: string;
  /** A section to paste into the config. */
  config: string;
  query: string;
  rehearsal: RehearsalRecord;
}> | null;

export type LedgerQuestion = Readonly<{ path: string }>;
export type LedgerGeneration = Readonly<{
  number: number;
  /** Where its file is, or was last; and where it was first. */
  path: string;
  firstPath: string;
  source: string;
  state: string;
  /** Why nothing of it is read; null: it is. */
  skipReason: string | null;
  packed: string | null;
  sizeBytes: number;
  /** Reading began here. */
  startOffset: number;
  /** Read and committed: indexed, skipped or lost. */
  readBytes: number;
  indexedBytes: number;
  skippedBytes: number;
  lostBytes: number;
  firstSeenAt: string;
  lastReadAt: string;
  endedAt: string | null;
  spanCount: number;
  /** The last of them, in the order of the file. */
  spans: readonly Readonly<{
    kind: SpanKind;
    start: number;
    end: number;
    reason: string;
    at: string;
  }>[];
}>;
/** Newest first. Null: no file was ever followed there. */
export type LedgerAnswer = Readonly<{ generations: readonly LedgerGeneration[] }> | null;

export type SavedQueriesAnswer = Readonly<{ queries: readonly SavedQuery[] }>;

/** A question with its kind, as it is sent to a query thread. */
export type AskedQuestion =
  | Readonly<{ kind: 'search'; question: SearchQuestion }>
  | Readonly<{ kind: 'stats'; question: Question }>
  | Readonly<{ kind: 'histogram'; question: HistogramQuestion }>
  | Readonly<{ kind: 'tail'; question: TailQuestion }>
  | Readonly<{ kind: 'fields'; question: Question }>
  | Readonly<{ kind: 'values'; question: ValuesQuestion }>
  | Readonly<{ kind: 'patterns'; question: PatternsQuestion }>
  | Readonly<{ kind: 'context'; question: ContextQuestion }>
  | Readonly<{ kind: 'download'; question: DownloadQuestion }>
  | Readonly<{ kind: 'activity'; question: ActivityQuestion }>
  | Readonly<{ kind: 'archives'; question: ArchivesQuestion }>
  | Readonly<{ kind: 'report'; question: ReportQuestion }>
  | Readonly<{ kind: 'rehearsal'; question: RehearsalQuestion }>
  | Readonly<{ kind: 'ruleLike'; question: RuleLikeQuestion }>
  | Readonly<{ kind: 'ledger'; question: LedgerQuestion }>
  | Readonly<{ kind: 'savedQueries'; question: null }>
  | Readonly<{ kind: 'incident'; question: IncidentStoryQuestion }>
  | Readonly<{ kind: 'incidentLines'; question: IncidentLinesQuestion }>
  | Readonly<{ kind: 'silences'; question: SilencesQuestion }>
  | Readonly<{ kind: 'alertDetails'; question: AlertDetailsQuestion }>
  | Readonly<{ kind: 'incidents'; question: IncidentQuestion }>;

/** The answer to each kind of question. */
export type Answers = Readonly<{
  search: SearchAnswer;
  stats: StatsAnswer;
  histogram: HistogramAnswer;
  tail: TailAnswer;
  fields: FieldStats;
  values: ValuesAnswer;
  patterns: PatternsAnswer;
  context: ContextAnswer;
  download: DownloadAnswer;
  activity: ActivityAnswer;
  archives: ArchivesAnswer;
  report: ReportAnswer;
  rehearsal: RehearsalRecord;
  ruleLike: RuleLikeAnswer;
  ledger: LedgerAnswer;
  savedQueries: SavedQueriesAnswer;
  incident: IncidentStoryAnswer;
  incidentLines: IncidentLinesAnswer;
  silences: SilencesAnswer;
  alertDetails: AlertDetails;
  incidents: IncidentsAnswer;
}>;
