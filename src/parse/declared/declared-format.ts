/**
 * A format that the config declares: `[format:NAME]` with a pattern of named fields.
 *
 * A pattern must fit the whole first line of an entry; lines that it does not fit belong to the entry before. Its fields
 * mean what fields of that name mean in JSON: `time`, `level`, `message`, `component`, …. The engine takes time linear
 * in the line, whatever pattern and line are, and looks at no line longer than `LINE_BYTES_MAX`.
 */
import { createRequire } from 'node:module';
import type { RE2JS as Expression } from 're2js';
import { FIELD } from '../../model/entry-columns.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';
import { RoleTaker } from '../role-taker.ts';
import { RANKS, ROLE, roleOf } from '../roles.ts';
import { PatternError } from './pattern-error.ts';
import { readPattern } from './pattern-source.ts';

/** A longer line fits no pattern: at under a microsecond a byte one line costs at most some milliseconds. */
export const LINE_BYTES_MAX = 16 * 1024;
/** States of the compiled pattern; the engine's time for a byte may grow with them. */
const PROGRAM_SIZE_MAX = 4096;

export type FormatDeclaration = Readonly<{ name: string; pattern: string }>;

type CompiledPattern = Readonly<{
  expression: Expression;
  /** By group, in order: the name of its field, and the number of the group. */
  names: readonly string[];
  groups: readonly number[];
}>;

/** The engine is large, and most configs declare no format: it is loaded with the first pattern. */
function engine(): Readonly<{ compile(source: string): Expression }> {
  const load = createRequire(import.meta.url);
  const { RE2JS } = load('re2js') as { RE2JS: Readonly<{ compile(source: string): Expression }> };
  return RE2JS;
}

/** Throws a `PatternError` that says where the mistake is. */
export function compilePattern(text: string): CompiledPattern {
  const { expression: source, names } = readPattern(text);
  if (names.length === 0) {
    throw new PatternError(1, 'no field is named: write %{WORD:field} or (?<field>…)');
  }
  let expression: Expression;
  try {
    expression = engine().compile(source);
  } catch (thrown) {
    throw asPatternError(thrown, text);
  }
  if (expression.programSize() > PROGRAM_SIZE_MAX) {
    throw new PatternError(1, 'the pattern is too large; repeat less of it');
  }
  const numbers = expression.namedGroups() as Readonly<Record<string, number>>;
  return { expression, names, groups: names.map((_, index) => numbers[`g${index}`]!) };
}

/** The engine names the piece it stumbled over: it is looked for in the pattern as it was written. */
function asPatternError(thrown: unknown, text: string): PatternError {
  const { error, input } = thrown as { error?: string; input?: string | null };
  if (error === undefined) throw thrown;
  const at = input ? text.indexOf(input) : -1;
  const piece = input && at >= 0 && input !== text ? ` ("${input}")` : '';
  return new PatternError(Math.max(0, at) + 1, `${error}${piece}`);
}

const COMPILED = new WeakMap<FormatDeclaration, CompiledPattern>();

/** The format of one file. Its pattern is compiled once, however many files have it. */
export function declaredFormat(declaration: FormatDeclaration): Format {
  let pattern = COMPILED.get(declaration);
  if (pattern === undefined) {
    pattern = compilePattern(declaration.pattern);
    COMPILED.set(declaration, pattern);
  }
  return formatOf(declaration, pattern);
}

function formatOf({ name, pattern: text }: FormatDeclaration, pattern: CompiledPattern): Format {
  const roles = new RoleTaker();
  /** Numbers and roles of the fields' names; they are looked up with the first line. */
  const ids = new Int32Array(pattern.names.length).fill(-1);
  const rolesOf = pattern.names.map(roleOf);
  let isLookedUp = false;
  return {
    name,
    about: `Declared in the config: ${text}`,
    parse(draft: Draft, start: number, end: number): boolean {
      if (end - start > LINE_BYTES_MAX) return false;
      const match = pattern.expression.matcher(draft.bytes.subarray(start, end));
      if (!match.matches()) return false;
      if (!isLookedUp) {
        for (const [index, field] of pattern.names.entries()) ids[index] = keyIdOf(draft, field);
        isLookedUp = true;
      }
      roles.begin();
      for (let index = 0; index < ids.length; index += 1) {
        const group = pattern.groups[index]!;
        const from = start + match.start(group);
        const to = start + match.end(group);
        if (from < start || to === from || ids[index]! < 0) continue;
        const role = rolesOf[index]!;
        // A message that is all digits is still the message.
        const kind = isMessage(role) ? FIELD.STRING : kindOf(draft.bytes, from, to);
        if (role !== 0 && roles.take(draft, role, ids[index]!, from, to, kind)) continue;
        draft.field(ids[index]!, from, to, kind);
      }
      roles.finish(draft);
      // A message that ends where the line ends goes on in the lines behind it.
      draft.messageIsTail = draft.messageEnd === end;
      return true;
    },
  };
}

function isMessage(role: number): boolean {
  return Math.floor((role & 0xffff) / RANKS) === ROLE.MESSAGE;
}

/** Number of a field's name; -1 where the table of names is full. */
function keyIdOf(draft: Draft, name: string): number {
  const { columns } = draft;
  const at = draft.reserve(name.length);
  const end = at + draft.bytes.write(name, at, 'latin1');
  const entry = draft.keys.find(draft, at, end, -1);
  columns.bytesLength = at;
  return entry < 0 ? -1 : draft.keys.ids[entry]!;
}
