/** The patterns of a report as its history keeps them. */
import type { PatternRecord } from '../ingest/pattern-history.ts';
import type { Report } from './report.ts';

export function patternRecords(report: Report): PatternRecord[] {
  return report.patterns.map(({ count: _count, days, ...pattern }) => ({
    ...pattern,
    days: [...days],
  }));
}
