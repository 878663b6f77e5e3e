/**
 * How many columns of a terminal a text takes; the door to `string-width` in the command line.
 *
 * Most texts are ASCII, and loading the tables for the others takes longer than most searches: they come when they are needed.
 */
import { createRequire } from 'node:module';

const PLAIN = /^[\x20-\x7e]*$/;

type Measure = (text: string) => number;

let measure: Measure | null = null;

export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  measure ??= (createRequire(import.meta.url)('string-width') as { default: Measure }).default;
  return measure(text);
}
