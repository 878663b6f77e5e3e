/** What the declaration is made of: a setting with its kind, its default and its sentence; a section of them. */
import type { ValueKind } from './value-kinds.ts';

export type Setting<T> = Readonly<{
  kind: ValueKind<T>;
  /** `required`: there is none. `text`: as it would stand in the config. `none`: null, and what that means. */
  fallback:
    | Readonly<{ kind: 'required' }>
    | Readonly<{ kind: 'text'; text: string }>
    | Readonly<{ kind: 'none'; means: string }>;
  sentence: string;
  /** Shown in the shipped config where there is no default. */
  example: string;
}>;

export type Section = Readonly<{
  /** `[alert:NAME]` may be there often, each with a name of its own. */
  isNamed: boolean;
  sentence: string;
  settings: Readonly<Record<string, Setting<unknown>>>;
}>;

export function required<T>(kind: ValueKind<T>, example: string, sentence: string) {
  return { kind, fallback: { kind: 'required' }, sentence, example } as const;
}

export function withDefault<T>(kind: ValueKind<T>, fallback: string, sentence: string) {
  return { kind, fallback: { kind: 'text', text: fallback }, sentence, example: fallback } as const;
}

export function optional<T>(
  kind: ValueKind<T>,
  none: Readonly<{ means: string; example: string }>,
  sentence: string,
) {
  const { means, example } = none;
  return { kind, fallback: { kind: 'none', means }, sentence, example } as const;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
export const MONTH_MS = 31 * DAY_MS;

/** Hand-written lists; more is a program's work. */
export const PATTERNS_MAX = 200;
export const NAMES_MAX = 50;
