/** Sentences made from the rules of `src/query/GRAMMAR.md`: the documentation as a generator of tests. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';

type Part =
  | Readonly<{ kind: 'text'; text: string }>
  | Readonly<{ kind: 'rule'; name: string }>
  | Readonly<{ kind: 'optional' | 'repeated'; parts: readonly Part[] }>;
type Rule = readonly (readonly Part[])[];

/** What the page describes in words. */
const TERMINALS: Readonly<Record<string, readonly string[]>> = {
  literal: [
    'timeout',
    '10.0.0.1',
    'foo-bar',
    '"a b"',
    '"AND"',
    '"x\\"y"',
    'é',
    '/api/users',
    'a->b',
  ],
  field: ['status', 'user.id', '@at', '"my key"', '"level"', 'path'],
  source: ['a+', 'time(?:out|r)', '^[a-f]', '\\d{2,3}$', 'a\\/b'],
  level: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'warning', 'ERR'],
  time: ['1h', '"2 days ago"', 'now', 'today', 'yesterday', '14:30', '2026-11-20', '@1763640000'],
  number: ['0', '5', '100', '99.5'],
  whole: ['1', '3', '20'],
  step: ['5m', '1h', '30s'],
  ws: [' '],
};
/** Between their parts is white space. */
const SPACED: readonly string[] = ['query', 'or', 'and', 'unary', 'operand'];
const DEPTH_MAX = 6;

/** One sentence a value of the generator. */
export function sentences(): fc.Arbitrary<string> {
  const rules = readRules();
  return fc
    .infiniteStream(fc.nat(0xffff))
    .map((numbers) =>
      writeRule('query', { rules, next: () => numbers.next().value as number, depth: 0 }),
    );
}

/** The names of all rules, and what nothing explains. */
export function checkRules(): Readonly<{ names: string[]; unexplained: string[] }> {
  const rules = readRules();
  const used = [...rules.values()].flat(2).flatMap(namesIn);
  const unexplained = used.filter((name) => !rules.has(name) && TERMINALS[name] === undefined);
  return { names: [...rules.keys()], unexplained };
}

function namesIn(part: Part): string[] {
  if (part.kind === 'rule') return [part.name];
  return part.kind === 'text' ? [] : part.parts.flatMap(namesIn);
}

function readRules(): Map<string, Rule> {
  const page = readFileSync(new URL('../../src/query/GRAMMAR.md', import.meta.url), 'utf8');
  const block = /## Grammar[\s\S]*?```\n([\s\S]*?)```/.exec(page)![1]!;
  const rules = new Map<string, Rule>();
  for (const [, name, body] of block.matchAll(/^(\w+) += ((?:.|\n +\|)*)$/gm)) {
    const tokens = body!.match(/"(?:[^"\\]|\\.)*"|[[\]{}|]|\w+/g)!;
    rules.set(name!, readAlternatives(tokens));
  }
  return rules;
}

function readAlternatives(tokens: readonly string[]): Rule {
  const stack: Part[][] = [[]];
  const alternatives: Part[][] = [];
  for (const token of tokens) {
    const current = stack.at(-1)!;
    if (token === '[' || token === '{') stack.push([]);
    else if (token === ']' || token === '}') {
      const parts = stack.pop()!;
      stack.at(-1)!.push({ kind: token === ']' ? 'optional' : 'repeated', parts });
    } else if (token === '|') {
      alternatives.push(stack.pop()!);
      stack.push([]);
    } else if (token.startsWith('"')) current.push({ kind: 'text', text: token.slice(1, -1) });
    else current.push({ kind: 'rule', name: token });
  }
  return [...alternatives, stack[0]!];
}

type Writing = Readonly<{ rules: Map<string, Rule>; next: () => number; depth: number }>;

function writeRule(name: string, writing: Writing): string {
  const terminals = TERMINALS[name];
  if (terminals !== undefined) return terminals[writing.next() % terminals.length]!;
  const rule = writing.rules.get(name)!;
  // Deep down the last alternative is taken: it is the one that goes no deeper.
  const isDeep = writing.depth > DEPTH_MAX;
  const parts = rule[isDeep ? rule.length - 1 : writing.next() % rule.length]!;
  return writeParts(
    parts,
    { ...writing, depth: writing.depth + 1 },
    SPACED.includes(name) ? ' ' : '',
  );
}

function writeParts(parts: readonly Part[], writing: Writing, glue: string): string {
  const pieces = parts.flatMap((part) => {
    if (part.kind === 'text') return [part.text];
    if (part.kind === 'rule') return [writeRule(part.name, writing)];
    const times = part.kind === 'optional' ? writing.next() % 2 : writing.next() % 3;
    return Array.from({ length: writing.depth > DEPTH_MAX ? 0 : times }, () =>
      writeParts(part.parts, writing, glue),
    );
  });
  return pieces.filter((piece) => piece !== '').join(glue);
}
