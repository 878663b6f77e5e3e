/**
 * The parser on real logs with ground truth: the open half of the corpora kept beside the clone.
 *
 * Other people's data never enters the tree: it is unpacked into a temporary folder, parsed, scored by the corpora's
 * own scorer, and the bars of the parser are checked on the result. Skipped where the data is missing.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsedRecordAt, parseFile } from '../src/parse/parse-file.ts';
import { needsSharedData } from './support/needs.ts';
import { TempFolder } from './support/temp-folder.ts';

/** What the scorer prints of one set with `--json`, as far as it is used here. */
type SetScore = Readonly<{
  set: string;
  required: number;
  countOk: boolean;
  aligned: number;
  tsN: number;
  ts: number;
  lvN: number;
  lv: number;
  msgN: number;
  msgExact: number;
  mlN: number;
  ml: number;
  noTsInvented: number;
  noLv: Readonly<Record<string, number>>;
}>;

/** Means over the sets that have any, in percent; at least, or at most where it says so. */
const BARS = {
  timestamps: 99,
  levels: 99,
  'messages exact': 90,
  alignment: 98,
  'entry count': 90,
  'multi-line': 95,
} as const;
const INVENTED_MAX = 1;

describe('the parser on the open corpora', () => {
  test('reaches its bars', { timeout: 120_000 }, async (context) => {
    const archive = needsSharedData(context, 'corpora/open.tar.gz');
    using folder = TempFolder.make();

    execFileSync('tar', ['xzf', archive, '-C', folder.path]);
    const parsed = folder.makeFolder('parsed');
    for (const set of readdirSync(folder.join('sets/open'))) {
      await parseSet(folder.join('sets/open', set), join(parsed, `${set}.ndjson`));
    }
    const scorer = join(dirname(archive), 'score.mjs');
    const truth = folder.join('truth/open');
    const run = (args: readonly string[]): string =>
      execFileSync(process.execPath, [scorer, truth, parsed, ...args], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
    process.stdout.write(`${run(['--quiet'])}\n`);
    const scores = JSON.parse(run(['--json'])) as SetScore[];

    const means = {
      timestamps: mean(scores, 'ts', 'tsN'),
      levels: mean(scores, 'lv', 'lvN'),
      'messages exact': mean(scores, 'msgExact', 'msgN'),
      alignment: mean(scores, 'aligned', 'required'),
      'entry count': (100 * scores.filter((score) => score.countOk).length) / scores.length,
      'multi-line': mean(scores, 'ml', 'mlN'),
    };
    for (const [name, bar] of Object.entries(BARS)) {
      expect.soft(means[name as keyof typeof means], name).toBeGreaterThanOrEqual(bar);
    }
    expect.soft(inventedPercent(scores), 'invented').toBeLessThanOrEqual(INVENTED_MAX);
  });
});

async function parseSet(folder: string, outPath: string): Promise<void> {
  const lines: string[] = [];
  for (const file of readdirSync(folder)) {
    await parseFile(join(folder, file), {
      onEntries(columns) {
        for (let row = 0; row < columns.count; row += 1) {
          lines.push(JSON.stringify({ ...parsedRecordAt(columns, row), file }));
        }
      },
    });
  }
  mkdirSync(dirname(outPath), { recursive: true });
  writeFileSync(outPath, `${lines.join('\n')}\n`);
}

type Counter = 'ts' | 'lv' | 'msgExact' | 'aligned' | 'ml';
type Total = 'tsN' | 'lvN' | 'msgN' | 'required' | 'mlN';

function mean(scores: readonly SetScore[], counter: Counter, total: Total): number {
  const shares = scores
    .filter((score) => score[total] > 0)
    .map((score) => score[counter] / score[total]);
  return (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
}

/** Levels and times reported of entries that have none, of all entries. */
function inventedPercent(scores: readonly SetScore[]): number {
  let invented = 0;
  let total = 0;
  for (const score of scores) {
    total += score.required;
    invented += score.noTsInvented;
    for (const [level, count] of Object.entries(score.noLv)) {
      if (level !== 'none') invented += count;
    }
  }
  return (100 * invented) / total;
}
