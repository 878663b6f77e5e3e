/**
 * Patterns over names (sources, paths, tags, whole field values): `*` is any run of characters, the rest is
 * meant literally and without regard to case. In the text of a pattern `\` makes the next character literal.
 *
 * Matching is linear in practice: the parts between stars are looked for left to right, never tried again.
 */
import { foldText } from './words.ts';

/** Whether a name, folded by `foldText`, matches. */
export type NameTest = (foldedName: string) => boolean;

export function compileNamePattern(pattern: string): NameTest {
  const parts = partsOf(pattern).map(foldText);
  const [first = '', ...others] = parts;
  if (others.length === 0) return (name) => name === first;
  const last = others.at(-1)!;
  const middle = others.slice(0, -1).filter((part) => part !== '');
  return (name) => {
    const end = name.length - last.length;
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** The literal texts around the stars: one more than there are stars. */
export function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const unit = pattern[at]!;
    if (unit === '*') {
      parts.push(part);
      part = '';
    } else if (unit === '\\' && at + 1 < pattern.length) {
      at += 1;
      part += pattern[at]!;
    } else {
      part += unit;
    }
  }
  parts.push(part);
  return parts;
}

/** A text as a pattern that matches it alone. */
export function literalPattern(text: string): string {
  return text.replace(/[\\*]/g, '\\$&');
}

/** The part of a path that a file pattern is compared with. */
export function filePartFor(pattern: string, path: string): string {
  return pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1);
}
