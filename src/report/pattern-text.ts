/** A pattern in plain text: count, level, where and when, the template, and one real example behind a bar. */
import { escapeLine } from '../base/escape.ts';
import { formatCount } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import type { PatternTally } from './pattern-tallies.ts';
import { exactText, momentText, type TimeStyle } from './report-time.ts';
import { wrapText } from './text-layout.ts';

const INDENT = ' '.repeat(11);

export function patternBlock(
  pattern: PatternTally,
  options: Readonly<{ style: TimeStyle; withExample: boolean; count?: number; when?: string }>,
): string[] {
  const { style, withExample, count = pattern.count, when = whenText(pattern, style) } = options;
  const level = levelNameOf(pattern.levelCode).padEnd(5);
  const head = `${formatCount(count).padStart(9)}  ${level}  ${escapeLine(pattern.source)}, ${when}`;
  const lines = [
    ...wrapText(head.trimStart(), {
      first: ' '.repeat(head.length - head.trimStart().length),
      next: INDENT,
    }),
    ...wrapText(escapeLine(pattern.template), { first: INDENT, next: INDENT }),
  ];
  if (!withExample || pattern.example === pattern.template) return lines;
  const example = `${exactText(pattern.exampleUs / 1000, style)} ${escapeLine(pattern.example)}`;
  return [...lines, ...wrapText(example, { first: '         | ', next: '         |   ' })];
}

/** `first 13:56:04, last 14:24:03`, or `at 13:56:04`. */
export function whenText(pattern: PatternTally, style: TimeStyle): string {
  const first = momentText(pattern.firstUs / 1000, style);
  if (pattern.count === 1) return `at ${first}`;
  return `first ${first}, last ${momentText(pattern.lastUs / 1000, style)}`;
}
