import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { completionScript, SHELLS } from '../../../src/cli/completion-scripts.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { type DescribedCommand, described } from '../../../src/cli/described.ts';
import { manualPage } from '../../../src/cli/manual-page.ts';
import { makeProgram } from '../../../src/cli/program.ts';

let program: DescribedCommand;

// Loads every command, and with them every part of the program.
beforeAll(async () => {
  program = described(await makeProgram({} as CliContext, ['--help']));
}, 180_000);

/** What bash proposes for a line typed so far. */
function proposed(line: string): string[] {
  const script = completionScript(program, 'bash');
  const ask = `${script}
COMP_WORDS=(${line
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' ')})
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_logstead
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('what is made of the declared commands', () => {
  test('bash completes commands, their options and the values of options', () => {
    expect(proposed('logstead se')).toEqual(expect.arrayContaining(['search', 'segments']));
    expect(proposed('logstead search --aft')).toEqual(['--after-context']);
    expect(proposed('logstead search -o ')).toEqual(['text', 'json', 'raw', 'message']);
    expect(proposed('logstead export --format p')).toEqual(['parquet']);
    expect(proposed('logstead archives ver')).toEqual(['verify']);
    expect(proposed('logstead archives verify --so')).toEqual(['--source']);
    expect(proposed('logstead search -S ')).toEqual([]);
  });

  test('the script of every shell names every command, and nothing in it ends a quote early', () => {
    for (const shell of SHELLS) {
      const script = completionScript(program, shell);
      for (const { name } of program.commands) expect(script).toContain(name);
      for (const line of script.split('\n')) {
        expect({ line, quotes: line.replace(/[^']/g, '').length % 2 }).toEqual({ line, quotes: 0 });
      }
    }
  });

  test('the manual page has every command, option and example, and no request but our own', () => {
    const page = manualPage(program);
    for (const command of program.commands) {
      expect(page).toContain(`.SS "logstead ${command.name.replaceAll('-', '\\-')}`);
    }
    const requests = page.split('\n').filter((line) => /^[.']/.test(line));
    for (const request of requests) expect(request).toMatch(/^\.(TH|SH|SS|TP|B|PP)\b/);
    expect(page).toContain('.B "logstead search \'level>=error\'"');
    expect(page).toContain('.B "\\-\\-cursor <cursor>"');
  });

  test('every command that reads entries shows examples in its help', () => {
    const { commands } = program;
    for (const name of ['search', 'tail', 'stats', 'fields', 'patterns', 'export']) {
      const command = commands.find((one) => one.name === name)!;
      expect(command.help.examples.length, name).toBeGreaterThan(1);
      for (const [line] of command.help.examples) expect(line).toMatch(/^logstead /);
    }
  });
});
