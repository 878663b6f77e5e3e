/** Levels of an entry and the severity they stand for. */

export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type Level = (typeof LEVELS)[number];

/** Position in `LEVELS`; `LEVEL_NONE` where the line prints no level. One byte in every column. */
export type LevelCode = number;
export const LEVEL_NONE: LevelCode = 6;
/** How many different level codes there are, none included. */
export const LEVEL_CODE_COUNT = 7;

/** Name used in counts and output keys for a null level. */
export const LEVEL_NONE_NAME = 'none';

/** TRACE 0, DEBUG 10, INFO 20, WARN 30, ERROR 40, FATAL 50. */
export type Severity = number;
/** Severity of an entry without a level, where its format implies nothing else. */
export const SEVERITY_DEFAULT: Severity = 20;

export function levelOf(code: LevelCode): Level | null {
  return LEVELS[code] ?? null;
}

export function levelCodeOf(level: Level | null): LevelCode {
  return level === null ? LEVEL_NONE : LEVELS.indexOf(level);
}

export function severityOf(code: LevelCode): Severity {
  return code === LEVEL_NONE ? SEVERITY_DEFAULT : code * 10;
}

/** `INFO`, …, or `none`. */
export function levelNameOf(code: LevelCode): string {
  return LEVELS[code] ?? LEVEL_NONE_NAME;
}
