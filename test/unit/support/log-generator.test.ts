/** The generated logs, counted again from their bytes, in ways of their own. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  LOG_FORMATS,
  type LogFormat,
  LogGenerator,
  sumTruths,
  writeLog,
} from '../../support/log-generator.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const OPTIONS = { entryCount: 5_000, seed: 7, needle: { word: 'nadel42', every: 100 } };

/** Where an entry begins, and the name of its level. */
const HEADS: Readonly<Record<LogFormat, RegExp>> = {
  pino: /^\{"level":(\d+),.*\}$/gm,
  logfmt: /^ts=\S+ level=(\w+) .*$/gm,
  syslog: /^<(\d+)>Nov 20 .*$/gm,
  'nginx-access': /^10\.[\d.]+ - - \[20\/Nov\/2026:.*()$/gm,
  log4j: /^2026-11-20 [\d:,]+ (\w+) +\[.*$/gm,
  python: /^2026-11-20 [\d:,]+ - \S+ - (\w+) - .*$/gm,
  plain: /^2026-11-20 [\d:]+ (?:([A-Z]+): )?.*$/gm,
};

const LEVEL_NAMES: Readonly<Record<string, string>> = {
  '': 'none',
  ...{ 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' },
  ...{ debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' },
  ...{ DEBUG: 'DEBUG', INFO: 'INFO', WARN: 'WARN', ERROR: 'ERROR', FATAL: 'FATAL' },
  ...{ WARNING: 'WARN', CRITICAL: 'FATAL' },
};
const SYSLOG_LEVEL_NAMES: Readonly<Record<string, string>> = {
  ...{ 31: 'DEBUG', 30: 'INFO', 28: 'WARN', 27: 'ERROR', 26: 'FATAL' },
};

function allOf(format: LogFormat, chunk: number, seed: number = OPTIONS.seed): string {
  const generator = new LogGenerator({ ...OPTIONS, format, seed });
  let text = '';
  for (;;) {
    const bytes = generator.next(chunk);
    if (bytes.byteLength === 0) return text;
    text += bytes.toString();
  }
}

test.each(LOG_FORMATS)('LogGenerator knows the truth about what it makes: %s', (format) => {
  using folder = TempFolder.make();
  const path = folder.join('a.log');
  const truth = writeLog(path, { ...OPTIONS, format });
  const text = readFileSync(path, 'utf8');
  const levels: Record<string, number> = {};
  for (const match of text.matchAll(HEADS[format])) {
    const names = format === 'syslog' ? SYSLOG_LEVEL_NAMES : LEVEL_NAMES;
    const level = names[match[1] ?? ''] ?? `unknown: ${match[1]}`;
    levels[level] = (levels[level] ?? 0) + 1;
  }
  expect(truth).toEqual({
    entryCount: OPTIONS.entryCount,
    lineCount: text.match(/\n/g)?.length,
    byteCount: Buffer.byteLength(text),
    levels,
    needleCount: text.match(/\bnadel42\b/g)?.length,
  });
  expect(Object.values(levels).reduce((sum, count) => sum + count)).toBe(OPTIONS.entryCount);
  expect(truth.needleCount).toBe(50);
});

test.each(LOG_FORMATS)('LogGenerator makes the same bytes from the same seed: %s', (format) => {
  const text = allOf(format, 5_000);
  expect(allOf(format, 333)).toBe(text);
  expect(allOf(format, 5_000, 8)).not.toBe(text);
});

test('LogGenerator makes JSON that can be parsed, with stamps that rise over the span', () => {
  const generator = new LogGenerator({
    format: 'pino',
    entryCount: 100,
    startMs: 1_000,
    spanMs: 9_900,
  });
  const entries = generator.next(1_000).toString().trimEnd().split('\n');
  const stamps = entries.map((line) => (JSON.parse(line) as { time: number }).time);
  expect(stamps).toEqual(Array.from({ length: 100 }, (_, index) => 1_000 + index * 100));
});

test('sumTruths() adds up', () => {
  const truths = LOG_FORMATS.map((format) => {
    const generator = new LogGenerator({ ...OPTIONS, format });
    generator.next(1_000);
    return generator.truth;
  });
  const sum = sumTruths(truths);
  expect(sum.entryCount).toBe(7_000);
  expect(Object.values(sum.levels).reduce((total, count) => total + count)).toBe(7_000);
  expect(sum.needleCount).toBe(70);
});
