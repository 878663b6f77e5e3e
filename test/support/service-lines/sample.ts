/** Lines as a program prints them, and what the parser must make of them: own text in the programs' layouts. */

/** Time (null: none), level (null: none), message; `undefined`: not looked at. */
export type ExpectedEntry = readonly [
  timestamp: string | null | undefined,
  level: string | null | undefined,
  message?: string | undefined,
  fields?: Readonly<Record<string, unknown>>,
];

export type ServiceSample = Readonly<{
  program: string;
  text: string;
  expected: readonly ExpectedEntry[];
}>;

/** One file: each line (or record of several lines) with what it must become. */
export function service(
  program: string,
  ...records: readonly (readonly [text: string, ...expected: ExpectedEntry])[]
): ServiceSample {
  return {
    program,
    text: `${records.map(([text]) => text).join('\n')}\n`,
    expected: records.map(([, ...expected]) => expected),
  };
}

/** Every day of the samples, where nothing else is said. */
export function on(time: string): string {
  return `2026-11-19T${time}${/\.\d+$/.test(time) ? '' : '.000'}Z`;
}
