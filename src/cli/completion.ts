/** `logstead completion SHELL`: a script made of the declared commands. */
import type { Command } from 'commander';
import { completionScript, SHELLS, type Shell } from './completion-scripts.ts';
import type { CliContext } from './context.ts';
import { described } from './described.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';

export function register(program: Command, context: CliContext): void {
  const completion = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(program.createArgument('<shell>', SHELLS.join(', ')).choices([...SHELLS]));
  addExamples(completion, [
    ['logstead completion bash > /etc/bash_completion.d/logstead', 'bash, for everybody'],
    ['logstead completion zsh > ~/.zfunc/_logstead', 'zsh, in a folder of $fpath'],
    ['logstead completion fish > ~/.config/fish/completions/logstead.fish', 'fish'],
  ]).action((shell: Shell) => {
    context.output.write(completionScript(described(program), shell));
    context.finish(EXIT.DONE);
  });
}
