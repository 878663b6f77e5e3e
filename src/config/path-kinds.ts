/**
 * Kinds of values that name files: folders, files, and patterns. They are read as written; `resolve-paths.ts`
 * makes them absolute.
 */
import picomatch from 'picomatch';
import { z } from 'zod';
import {
  type ListLimits,
  listRefinement,
  type Reading,
  schemaOf,
  text,
  type ValueKind,
} from './value-kinds.ts';

/** Linux refuses longer paths. */
const PATH_CHARACTERS_MAX = 4_096;

/** What a shell would replace and nothing here does; taken literally it would make strange folders. */
function shellProblem(path: string): string | null {
  if (path === '~' || path.startsWith('~/')) return '~ is not replaced here: write the whole path';
  return /\$\{?\w/.test(path) ? 'variables are not replaced here: write the whole path' : null;
}

function readPath(path: string): Reading<string> {
  if (path === '') return { problem: 'the value is empty' };
  const problem = shellProblem(path);
  if (problem !== null) return { problem };
  if (path.length > PATH_CHARACTERS_MAX) return { problem: 'the path is too long' };
  return path.includes('*') ? { problem: 'patterns are not possible here' } : { value: path };
}

export const folderPath: ValueKind<string> = {
  ...text('a folder', PATH_CHARACTERS_MAX),
  schema: schemaOf(readPath),
};

export const filePath: ValueKind<string> = {
  ...text('a file', PATH_CHARACTERS_MAX),
  schema: schemaOf(readPath),
};

/** Paths or patterns with commas between them; a comma inside braces or behind a backslash is part of one. */
export function patternList(limits: ListLimits): ValueKind<readonly string[]> {
  const allowed = 'paths or patterns such as /var/log/**/*.log, with commas between them';
  return {
    allowed: limits.min === 0 ? `${allowed}, or nothing` : allowed,
    schema: z
      .string()
      .transform(splitPatterns)
      .pipe(z.array(schemaOf(readPattern)))
      .superRefine(listRefinement(limits)),
    isFreeText: false,
    write: (patterns) => patterns.join(', '),
  };
}

function splitPatterns(value: string): string[] {
  if (value === '') return [];
  const patterns: string[] = [];
  let pattern = '';
  let depth = 0;
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index]!;
    if (character === '\\') {
      pattern += character + (value[index + 1] ?? '');
      index += 1;
    } else if (character === ',' && depth === 0) {
      patterns.push(pattern.trim());
      pattern = '';
    } else {
      if (character === '{') depth += 1;
      if (character === '}' && depth > 0) depth -= 1;
      pattern += character;
    }
  }
  return [...patterns, pattern.trim()];
}

function readPattern(pattern: string): Reading<string> {
  if (pattern === '') return { problem: 'one of the patterns is empty' };
  const problem = shellProblem(pattern);
  if (problem !== null) return { problem };
  if (pattern.length > PATH_CHARACTERS_MAX) return { problem: 'the pattern is too long' };
  if (pattern.endsWith('/') && isPattern(pattern)) {
    return { problem: 'a pattern names files', suggestion: `${pattern}**/*.log` };
  }
  if (pattern.startsWith('!')) {
    return { problem: 'a pattern cannot begin with !; `exclude` leaves files out' };
  }
  // Behind a `*` it is not known what `..` leaves; only what comes before the first name may climb.
  if (/[^./].*\/\.\.(\/|$)/.test(pattern))
    return { problem: '.. is possible at the beginning only' };
  try {
    picomatch.makeRe(pattern, { strictBrackets: true });
  } catch {
    return { problem: 'a bracket or brace is not closed' };
  }
  return { value: pattern === '/' ? pattern : pattern.replace(/\/+$/, '') };
}

/** Whether more than one path may match. */
function isPattern(pattern: string): boolean {
  return picomatch.scan(pattern).isGlob;
}

/** The pattern that matches exactly the characters of `path`. */
export function literalPattern(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|,"]/g, '\\$&');
}
