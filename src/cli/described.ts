/** The command line as data: what the completions, the manual page and the help say, from the one declaration of each command. */
import type { Command } from 'commander';
import { type Examples, examplesOf } from './examples.ts';

export type DescribedOption = Readonly<{
  /** `-n`; null: none. */
  short: string | null;
  /** `--limit`. */
  long: string;
  /** `<count>`; null: it takes no value. */
  value: string | null;
  description: string;
  /** The values it takes, where there are few. */
  choices: readonly string[];
}>;

export type DescribedCommand = Readonly<{
  name: string;
  /** `[query...]`, as it is written behind the name. */
  operands: string;
  description: string;
  options: readonly DescribedOption[];
  commands: readonly DescribedCommand[];
  help: Examples;
}>;

export function described(command: Command): DescribedCommand {
  const help = command.createHelp();
  return {
    name: command.name(),
    operands: command.registeredArguments
      .map((operand) => help.argumentTerm(operand))
      .map((term, index) => {
        const { required, variadic } = command.registeredArguments[index]!;
        const text = variadic ? `${term}...` : term;
        return required ? `<${text}>` : `[${text}]`;
      })
      .join(' '),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => ({
      short: option.short ?? null,
      long: option.long ?? option.flags,
      value: /[<[].*[>\]]/.exec(option.flags)?.[0] ?? null,
      description: option.description,
      choices: option.argChoices ?? [],
    })),
    commands: help
      .visibleCommands(command)
      .filter((inner) => inner.name() !== 'help')
      .map(described),
    help: examplesOf(command),
  };
}
