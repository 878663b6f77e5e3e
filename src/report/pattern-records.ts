/** The patterns of a report as its history keeps them, and what is in none of them. */
import type { OtherRecord, PatternRecord } from '../ingest/pattern-history.ts';
import type { Report } from './report.ts';

export function patternRecords(report: Report): PatternRecord[] {
  return report.patterns.map(({ count: _count, days, ...pattern }) => ({
    ...pattern,
    days: [...days],
  }));
}

export function otherRecords({ others }: Report): OtherRecord[] {
  return others.map(({ days, ...other }) => ({ ...other, days: [...days] }));
}
