/** What text output may do on a stream: colours and a width on a terminal, neither on a pipe. */

export type Terminal = Readonly<{
  /** Columns; Infinity where nobody looks at columns (a pipe, a file). */
  width: number;
  colour: boolean;
}>;

/** Narrower than any real window: below it, wrapping would leave no room for text. */
const WIDTH_MIN = 40;

export type OutputStream = Readonly<{ isTTY?: boolean; columns?: number }>;

export function terminalOf(
  stream: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  if (stream.isTTY !== true) return { width: Number.POSITIVE_INFINITY, colour: false };
  return {
    width: Math.max(WIDTH_MIN, stream.columns ?? 80),
    colour: !environment.NO_COLOR && environment.TERM !== 'dumb',
  };
}

/** The 16 base colours only, so that every theme of every terminal has them. */
export const STYLE = {
  plain: '',
  fatal: '1;7;31',
  error: '1;31',
  warn: '33',
  dim: '2',
  source: '36',
  hit: '30;43',
  bold: '1',
} as const;

export type Style = keyof typeof STYLE;

export function styled(text: string, style: Style, colour: boolean): string {
  return colour && style !== 'plain' && text !== '' ? `\x1b[${STYLE[style]}m${text}\x1b[0m` : text;
}
