import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '../../../src/cli/context.ts';
import { makeProgram } from '../../../src/cli/program.ts';

describe('makeProgram()', () => {
  test('loads the named command only, wherever --config stands', async () => {
    expect(await namesFor(['search', 'run'])).toEqual(['search']);
    expect(await namesFor(['--config', 'run', 'stats'])).toEqual(['stats']);
    expect(await namesFor(['--config=run', 'stats', '--json'])).toEqual(['stats']);
  });

  test('loads all for help', async () => {
    const all = await namesFor(['--help']);
    expect(all).toEqual(await namesFor([]));
    expect(all).toEqual(await namesFor(['help', 'search']));
    expect(all).toContain('search');
    expect(all.length).toBeGreaterThan(5);
    // Loads every part of the program.
  }, 180_000);

  test('shows what a command understands, asked either way', async () => {
    const byCommand = await shownFor(['help', 'search']);
    expect(byCommand).toContain('Usage: logstead search [options] [query...]');
    expect(byCommand).toBe(await shownFor(['search', '--help']));
  }, 180_000);

  test('says what was meant by a command that is none', async () => {
    await expect(namesFor(['serch'])).rejects.toMatchObject({
      code: 'USAGE',
      message: 'Cannot run "serch": there is no such command',
      hint: 'Did you mean "logstead search"?',
    });
    await expect(namesFor(['toString'])).rejects.toMatchObject({ code: 'USAGE' });
  });
});

/** What is printed where a command line asks for nothing but help. */
async function shownFor(words: readonly string[]): Promise<string> {
  let shown = '';
  const output = { write: (text: string) => (shown += text) };
  const program = await makeProgram({ output } as unknown as CliContext, words);
  await program.parseAsync(words, { from: 'user' }).catch((thrown) => {
    expect(thrown).toBeInstanceOf(CommanderError);
    expect(thrown.exitCode).toBe(0);
  });
  return shown;
}

async function namesFor(words: readonly string[]): Promise<string[]> {
  const program = await makeProgram({} as CliContext, words);
  return program.commands.map((command) => command.name());
}
