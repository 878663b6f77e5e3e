/** What other query languages call a stage, and what does the same here. */

const MEANT: readonly (readonly [what: string, words: readonly string[]])[] = [
  ['limit', ['head', 'take', 'first']],
  ['limit, which gives the newest first', ['tail', 'last']],
  ['sort', ['order', 'orderby', 'sortby']],
  ['dedup', ['uniq', 'unique']],
  ['fields', ['table', 'project', 'select', 'keep', 'display', 'columns']],
  ['a condition in front of the |', ['where', 'filter', 'search', 'grep']],
  ['count by NAME, or avg NAME by NAME', ['stats', 'summarize', 'aggregate', 'group', 'groupby']],
  ['count', ['wc']],
  ['count by NAME | sort count', ['rare']],
  ['distinct', ['dc', 'dcount', 'cardinality', 'nunique', 'count_distinct', 'count_uniq']],
  ['avg', ['mean', 'average']],
  ['p95', ['perc', 'perc95', 'percentile', 'quantile']],
  ['timechart', ['chart', 'timeline', 'histogram', 'bucket', 'bin', 'rate', 'count_over_time']],
  ['no stage: fields are there already', ['json', 'logfmt', 'parse', 'rex', 'extract', 'unpack']],
];

export function stageMeant(word: string): string | null {
  const lower = word.toLowerCase();
  return MEANT.find(([, words]) => words.includes(lower))?.[0] ?? null;
}
