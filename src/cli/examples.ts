/** Examples of a command, declared once: for its `--help` and for the manual page. */
import type { Command } from 'commander';

/** What is typed, and what for. */
export type Example = readonly [line: string, meaning: string];

export type Examples = Readonly<{ examples: readonly Example[]; note: string }>;

const known = new WeakMap<Command, Examples>();

/** Show them below the help of the command. `note` stands below them. */
export function addExamples(command: Command, examples: readonly Example[], note = ''): Command {
  known.set(command, { examples, note });
  const width = Math.min(56, Math.max(...examples.map(([line]) => line.length)));
  const lines = examples.map(([line, meaning]) =>
    line.length > width
      ? `  ${line}\n  ${' '.repeat(width)}  ${meaning}`
      : `  ${line.padEnd(width)}  ${meaning}`,
  );
  return command.addHelpText(
    'after',
    `\nExamples:\n${lines.join('\n')}${note === '' ? '' : `\n\n${note}`}`,
  );
}

export function examplesOf(command: Command): Examples {
  return known.get(command) ?? { examples: [], note: '' };
}
