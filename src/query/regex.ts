/**
 * Regular expressions that take linear time whatever they are run on.
 *
 * V8 runs them with its usual backtracking engine; past `BACKTRACKS_MAX` backtracks in one run it starts over with
 * its non-backtracking engine (a V8 flag set here, for the process). So only what that engine can do is accepted:
 * no look-ahead, no back-reference, no `\p{…}`, counted repeats up to 16. It has no ignore-case mode
 * either, so for `/…/i` each letter is written out as a class of both cases (a character given by its code is not).
 *
 * Roads not taken: a deadline alone (the ingest thread has nobody to kill it), RE2 in WASM (its package is dead),
 * RE2 in JavaScript (about 10 times slower on what people really write).
 */
import { setFlagsFromString } from 'node:v8';
import { REGEX_ESCAPE } from './regex-literals.ts';

/** Some µs of work: ordinary expressions on a log line backtrack some dozen times. */
const BACKTRACKS_MAX = 10_000;

setFlagsFromString('--enable-experimental-regexp-engine');
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
setFlagsFromString(`--regexp-backtracks-before-fallback=${BACKTRACKS_MAX}`);

/** Longest expression; the automaton grows with it. */
export const REGEX_LENGTH_MAX = 1_000;

/** `m`: in an entry of several lines `^` and `$` are the ends of each line, as in grep. */
const FLAGS = 'm';

export type RegexOptions = Readonly<{ ignoreCase: boolean }>;

const NOT_LINEAR =
  'look-ahead, look-behind, back-references and large counts could take for ever and are not available';

/** Compile, or say in one sentence why not. */
export function compileRegex(
  source: string,
  { ignoreCase }: RegexOptions,
): Readonly<{ regex: RegExp }> | Readonly<{ problem: string }> {
  if (source.length > REGEX_LENGTH_MAX) {
    return {
      problem: `it has ${source.length} characters, at most ${REGEX_LENGTH_MAX} are allowed`,
    };
  }
  if (/\\[pPu]\{/.test(source)) return { problem: '\\p{…} and \\u{…} are not available' };
  const effective = ignoreCase ? withBothCases(source) : source;
  try {
    // The parser's own complaint comes first, it is the more helpful one.
    const regex = new RegExp(effective, FLAGS);
    if (looksBehind(source)) return { problem: NOT_LINEAR };
    new RegExp(effective, `${FLAGS}l`);
    return { regex };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.slice(text.lastIndexOf(': ') + 2);
  if (reason !== 'Cannot be executed in linear time') {
    return reason.charAt(0).toLowerCase() + reason.slice(1);
  }
  return NOT_LINEAR;
}

/** V8's engine can, that of a cluster cannot: a query means the same on either. */
function looksBehind(source: string): boolean {
  return /\(\?<[=!]/.test(source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, ''));
}

/** `Ab[c-e]\n` → `[aA][bB][c-eC-E]\n`: the same expression for letters of either case. */
function withBothCases(source: string): string {
  let out = '';
  let inClass = false;
  for (let at = 0; at < source.length; at += 1) {
    const unit = source[at]!;
    if (unit === '\\') {
      const escaped = REGEX_ESCAPE.exec(source.slice(at))![0];
      out += escaped;
      at += escaped.length - 1;
    } else if (inClass) {
      const range = /^([^\\\]])-([^\\\]])/.exec(source.slice(at));
      if (unit === ']') inClass = false;
      if (unit !== ']' && range !== null) {
        out += range[0] + rangeInOtherCase(range[1]!, range[2]!);
        at += 2;
      } else {
        // `[a-\x7a]`: a letter that begins a range ending in an escape stays alone.
        out += source.startsWith('-\\', at + 1) ? unit : unit + otherCase(unit);
      }
    } else if (unit === '[') {
      inClass = true;
      out += unit;
    } else if (unit === '(' && source[at + 1] === '?') {
      // The head of a group holds no text: `(?:`, `(?<name>`, `(?=`.
      const head = /^\(\?(?:<[A-Za-z_$][\w$]*>|<?[=!]|:|[a-z-]*:)?/.exec(source.slice(at))![0];
      out += head;
      at += head.length - 1;
    } else {
      const other = otherCase(unit);
      out += other === '' ? unit : `[${unit}${other}]`;
    }
  }
  return out;
}

/** The letter in the other case where that is one UTF-16 unit, else nothing. */
function otherCase(unit: string): string {
  const lower = unit.toLowerCase();
  const other = lower === unit ? unit.toUpperCase() : lower;
  return other !== unit && other.length === 1 ? other : '';
}

/** Letters of a class range in the other case; ASCII only, where the alphabet is one run. */
function rangeInOtherCase(from: string, to: string): string {
  return (
    caseOverlap(from, to, { first: 'a', last: 'z', shift: -32 }) +
    caseOverlap(from, to, { first: 'A', last: 'Z', shift: 32 })
  );
}

function caseOverlap(
  from: string,
  to: string,
  alphabet: Readonly<{ first: string; last: string; shift: number }>,
): string {
  const low = Math.max(from.charCodeAt(0), alphabet.first.charCodeAt(0));
  const high = Math.min(to.charCodeAt(0), alphabet.last.charCodeAt(0));
  if (low > high) return '';
  return `${String.fromCharCode(low + alphabet.shift)}-${String.fromCharCode(high + alphabet.shift)}`;
}
