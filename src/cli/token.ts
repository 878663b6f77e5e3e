/** `logstead token NAME`: a new token for the HTTP API. Printed once; the config keeps its hash only. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { tokenHash } from '../serve/http-auth.ts';
import type { CliContext } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';

/** Nobody guesses this many. */
const TOKEN_BYTES = 32;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('token')
    .description('make a token for the HTTP API; it is shown once, the config keeps its hash')
    .argument('<name>', 'who will use it; several tokens are told apart by their names');
  addExamples(command, [
    ['logstead token ops', 'then put the line it prints into the config'],
    ['curl -H "Authorization: Bearer TOKEN" https://logs.example.org/api/status', 'use it'],
  ]).action((name: string) => {
    if (!/^[\p{L}\p{N}._@-]{1,100}$/u.test(name)) {
      throw new OperatorError(
        'USAGE',
        `Cannot name a token "${name}": expected 1 to 100 letters, digits and . _ @ -`,
      );
    }
    const token = `logstead_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
    context.output.write(`${token}\n`);
    context.errorOutput.write(
      `This is shown once. Add it to [http] in the config, behind a comma where there are others:\ntokens = ${name}:${tokenHash(token)}\n`,
    );
    context.finish(EXIT.DONE);
  });
}
