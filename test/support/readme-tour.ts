/**
 * The tour in README.md as steps, and its output with everything masked that differs from run to run.
 *
 * Masks are narrow: each names the words around what varies. Counts, levels, messages, file names and the
 * shape of every table stay as they are printed.
 */

export type TourStep = Readonly<{ command: string; output: string }>;

/** What README.md calls the clone and the machine. */
const FOLDER_SHOWN = '/home/you/logstead';
const MACHINE_SHOWN = 'web1';

const CONSOLE_BLOCK = /^```console\n(.*?)^```$/gms;
const DURATION = String.raw`[\d.,]+ (?:ms|s|min|h|d)(?: \d+ (?:s|min|h))?`;
const DATE = String.raw`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2} \d{4}`;

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<stamp>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '<stamp µs>'],
  [/(?<=_)\d{8}-\d{6}(?=\.)/g, '<file stamp>'],
  [new RegExp(`\\b${DATE}\\b`, 'g'), '<date>'],
  [/(?<=archives\/shop\/)\d{4}\/\d\d\/\d\d(?=\/)/g, '<day>'],
  [/\b\d\d:\d\d:\d\d\.\d{3}\b/g, '<clock ms>'],
  [/\b\d\d:\d\d:\d\d\b/g, '<clock>'],
  [/(?<=from )\d\d:\d\d to \d\d:\d\d(?= \(UTC\))/g, '<clock> to <clock>'],
  [/(?<=http:\/\/127\.0\.0\.1:)\d+/g, '<port>'],
  [/(?<=pid )\d+/g, '<pid>'],
  [/^[0-9a-f]{8}(?= (?:open|resolved) )/gm, '<incident>'],
  [/(?<=^Key: +alert:)[0-9a-f]{16}/gm, '<incident>'],
  // Durations, only where one is printed.
  [new RegExp(`(?<=running for |next in |written |entries, )${DURATION}`, 'g'), '<duration>'],
  [new RegExp(`(?<=matching entries in )${DURATION}`, 'g'), '<duration>'],
  [new RegExp(`(?<=<clock> +)${DURATION} +(?=\\d+ +\\d+$)`, 'gm'), '<duration> '],
  // The size of compressed stamps, and where the entries fall in the buckets of time.
  [/(?<=^index +\d+ entries in )[\d.]+ k?B$/gm, '<size>'],
  [/(?<=^level +entries +share {2})per \d+ (?:ms|s|min)$/gm, '<bucket>'],
  [/(?<=^(?:ERROR|INFO) .* %) +[._▁▂▃▄▅▆▇█]+$/gm, ' <bars>'],
  // What the rules hold and have cost so far.
  [/(?<=^rules +1 rule, 1 group in )[\d.]+ k?B; .*$/gm, '<cost>'],
  // Only a fresh clone without packages prints it.
  [/^logstead: Installing packages: .*\n/gm, ''],
];

/** Every `$ ` line of the console blocks in the section, with what is printed below it. */
export function tourSteps(readme: string): TourStep[] {
  const section = /^## A tour of five minutes\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  return Array.from(section.matchAll(CONSOLE_BLOCK)).flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.indexOf('\n');
        return { command: text.slice(0, end), output: text.slice(end + 1) };
      }),
  );
}

/** What was really printed, with the names that README.md uses. */
export function asShown(
  printed: string,
  { folder, machine }: Readonly<{ folder: string; machine: string }>,
): string {
  const name = new RegExp(`\\b${machine.replace(/[.\\-]/g, '\\$&')}\\b`, 'gi');
  return printed.replaceAll(folder, FOLDER_SHOWN).replace(name, MACHINE_SHOWN);
}

export function maskVarying(text: string): string {
  return MASKS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}
