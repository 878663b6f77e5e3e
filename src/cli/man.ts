/** `logstead man`: the manual page, made of the declared commands. */
import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { described } from './described.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { manualPage } from './manual-page.ts';

export function register(program: Command, context: CliContext): void {
  addExamples(program.command('man').description('print the manual page'), [
    ['logstead man | man -l -', 'read it'],
    ['logstead man > /usr/local/share/man/man1/logstead.1', 'install it'],
  ]).action(() => {
    context.output.write(manualPage(described(program)));
    context.finish(EXIT.DONE);
  });
}
