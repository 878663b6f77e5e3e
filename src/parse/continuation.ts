/**
 * Lines that belong to the record before them, by their shape: indented lines and the unindented parts of traces.
 *
 * Java, .NET, Python, Ruby, Go, Rust, Node and PHP print some lines of a trace at the left margin. `Trace` keeps
 * what the lines before said (inside a Python traceback, inside a Go dump), so that the last line of one is known.
 */
import {
  BRACE_CLOSE,
  BRACKET_CLOSE,
  COLON,
  isDigit,
  isLetter,
  isUpper,
  PAREN_CLOSE,
  SPACE,
  startsWith,
  TAB,
} from './bytes.ts';
import { levelWordAt } from './level.ts';

const NO_TRACE = 0;
/** Behind `Traceback (most recent call last):`; the first line at the margin ends it and belongs to it. */
const PYTHON = 1;
/** Behind the last line of a Python traceback; `During handling …` and `The above exception …` go on. */
const PYTHON_ENDED = 2;
/** Behind `thread 'main' panicked at src/main.rs:4:5:`: the next line is what it says. */
const RUST = 4;
/** Behind a Go panic or `goroutine 1 [running]:`. */
const GO = 3;

/** Beginnings of lines that are always part of what came before. */
const FRAME_STARTS = [
  'Caused by:',
  'Suppressed:',
  'at ',
  '... ',
  '--- End of ',
  '---> ',
  '-- End of ',
  'Stack trace:',
  'stack backtrace:',
  'Stack Trace:',
  'PHP Stack trace:',
  'PHP   ',
  'During handling of the above exception',
  'The above exception was the direct cause',
  'Traceback (most recent call last)',
  'note: run with `RUST_BACKTRACE',
  'note: Some details are omitted',
  'goroutine ',
  'created by ',
  'exit status ',
  'Thread dump',
  'Local variables',
  'Backtrace:',
];

/** Their first bytes, so that most lines are turned away by one load. */
const FRAME_FIRST = new Uint8Array(256);
for (const text of FRAME_STARTS) FRAME_FIRST[text.charCodeAt(0)] = 1;

export class Trace {
  /** Where in a trace the record is; kept while a record's first line is parsed again. */
  state = NO_TRACE;

  /** A new record begins with this line. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.state = NO_TRACE;
    this.#enter(bytes, start, end);
  }

  /** Whether the line goes on with the record, by its shape alone. */
  continues(bytes: Uint8Array, start: number, end: number): boolean {
    const first = bytes[start]!;
    if (start >= end || first === SPACE || first === TAB || first === 13) return true;
    if (this.state === PYTHON || this.state === RUST) {
      this.state = PYTHON_ENDED;
      return true;
    }
    if (isFrame(bytes, start, end)) {
      this.#enter(bytes, start, end);
      return true;
    }
    if (this.state === GO && isGoFrame(bytes, start, end)) return true;
    this.state = NO_TRACE;
    return false;
  }

  /** A line joined for another reason may begin a trace, too. */
  note(bytes: Uint8Array, start: number, end: number): void {
    this.#enter(bytes, start, end);
  }

  #enter(bytes: Uint8Array, start: number, end: number): void {
    if (bytes[end - 1] === 58 && contains(bytes, start, end, 'Traceback (most recent call last)')) {
      this.state = PYTHON;
    } else if (bytes[end - 1] === 58 && contains(bytes, start, end, "' panicked at ")) {
      this.state = RUST;
    } else if (
      startsWith(bytes, start, 'goroutine ') ||
      startsWith(bytes, start, 'panic: ') ||
      startsWith(bytes, start, 'fatal error: ')
    ) {
      this.state = GO;
    }
  }
}

/** A line at the margin that is always part of what came before, or an indented one. */
export function isFrame(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (first === BRACE_CLOSE || first === BRACKET_CLOSE || first === PAREN_CLOSE) return true;
  // PHP: `#0 /path/file.php(12): call()`.
  if (first === 35) return isDigit(bytes[start + 1]!) && end > start + 2;
  if (FRAME_FIRST[first] === 0) return false;
  for (const text of FRAME_STARTS) {
    if (text.charCodeAt(0) === first && startsWith(bytes, start, text)) return true;
  }
  return false;
}

/** Bytes of a logger's name. */
const LOGGER = new Uint8Array(256);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-') {
  LOGGER[sign.charCodeAt(0)] = 1;
}
const LOGGER_LENGTH_MAX = 120;

/** Longest class name of an exception. */
const THROWABLE_LENGTH_MAX = 160;

/** Whether the dotted word that ends at `colon` is the class of an exception, and so the beginning of a text, no logger. */
export function isThrowableName(bytes: Uint8Array, start: number, colon: number): boolean {
  const last = bytes[colon - 1]!;
  // `…Exception`, `…Error`.
  return (last === 110 || last === 114) && isThrowable(bytes, start, colon + 1);
}

/** `java.io.IOException: gone`: the first line of a trace, without any header. */
export function isThrowable(bytes: Uint8Array, start: number, end: number): boolean {
  const limit = Math.min(end, start + THROWABLE_LENGTH_MAX);
  let position = start;
  let dots = 0;
  while (
    position < limit &&
    (isLetter(bytes[position]!) ||
      isDigit(bytes[position]!) ||
      bytes[position] === 46 ||
      bytes[position] === 36)
  ) {
    if (bytes[position] === 46) dots += 1;
    position += 1;
  }
  const next = bytes[position]!;
  // In JSON the text ends at a quote or an escaped newline.
  if (position < end && next !== 58 && next !== 34 && next !== 92) return false;
  return (
    dots > 0 &&
    (endsWith(bytes, start, position, 'Exception') || endsWith(bytes, start, position, 'Error'))
  );
}

function endsWith(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  return end - text.length > start && startsWith(bytes, end - text.length, text);
}

/**
 * `ERROR:app.db:text`, as Python's logging prints before anybody has set it up: an entry of its own also where all others have a
 * stamp. With a blank behind a colon it may be the rest of any text.
 */
export function isBarePython(bytes: Uint8Array, start: number, end: number): boolean {
  return barePythonColon(bytes, start, end) >= 0;
}

/** Where the colon behind the logger stands, or -1. */
export function barePythonColon(bytes: Uint8Array, start: number, end: number): number {
  if (!isUpper(bytes[start]!) || !isUpper(bytes[start + 1]!)) return -1;
  const word = levelWordAt(bytes, start, end, false);
  const nameAt = start + (word >> 3) + 1;
  if (word < 0 || bytes[nameAt - 1] !== COLON) return -1;
  const limit = Math.min(end, nameAt + LOGGER_LENGTH_MAX);
  let position = nameAt;
  while (position < limit && LOGGER[bytes[position]!] === 1) position += 1;
  return position > nameAt && position + 1 < end && bytes[position] === COLON ? position : -1;
}

/** `main.main.func1(0xc420024120)`, `runtime.goexit()`, `[signal SIGSEGV: …]`, `rax 0x0`: the lines of a dump. */
function isGoFrame(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1]!;
  if (last === PAREN_CLOSE) {
    return (
      contains(bytes, start, end, '(') &&
      !(isUpper(bytes[start]!) && contains(bytes, start, end, ' '))
    );
  }
  if (startsWith(bytes, start, '[signal ')) return true;
  let position = start;
  while (position < end && isLetter(bytes[position]!)) position += 1;
  return position < start + 8 && position > start && contains(bytes, position, end, ' 0x');
}

/** Bytes of a line looked through for a word; traces begin early. */
const CONTAINS_LENGTH_MAX = 512;

function contains(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const first = text.charCodeAt(0);
  const limit = Math.min(end - text.length, start + CONTAINS_LENGTH_MAX);
  for (let position = start; position <= limit; position += 1) {
    if (bytes[position] === first && startsWith(bytes, position, text)) return true;
  }
  return false;
}
