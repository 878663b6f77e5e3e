/** The manual page, in roff (man macros), made of the declared commands: `logstead man | man -l -`. */
import { VERSION } from '../base/version.ts';
import type { DescribedCommand, DescribedOption } from './described.ts';

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'nothing found'],
  ['2', 'a mistake in the command line, the query or the config'],
  ['3', 'the daemon does not run, or is not ready'],
  ['4', 'a stage failed'],
  ['5', '"once" found no log file'],
  ['6', 'another process uses the state folder, or (restore) it is not empty'],
  ['7', 'damage found'],
];

export function manualPage(program: DescribedCommand): string {
  const lines = [
    `.TH LOGSTEAD 1 "" "Logstead ${VERSION}" "User Commands"`,
    '.SH NAME',
    `logstead \\- ${roff(lowerFirst(program.description))}`,
    '.SH SYNOPSIS',
    '.B logstead',
    `[${roff('--config')} \\fIfile\\fR] \\fIcommand\\fR [\\fIoptions\\fR]`,
    '.SH COMMANDS',
    ...program.commands.flatMap((command) => commandLines(command, 'logstead')),
    '.SH OPTIONS OF EVERY COMMAND',
    ...program.options.flatMap(optionLines),
    '.SH ENVIRONMENT',
    '.TP\n.B NO_COLOR\nwith any value: no colour on a terminal',
    '.TP\n.B LOGSTEAD_PAGER, PAGER\nthe pager; empty or "cat": none. Default: less',
    '.TP\n.B TZ\nthe zone in which times are shown and read',
    '.SH EXIT STATUS',
    ...EXIT_CODES.map(([code, meaning]) => `.TP\n.B ${code}\n${roff(meaning)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: DescribedCommand, before: string): string[] {
  const name = `${before} ${command.name}`;
  const { examples, note } = command.help;
  return [
    `.SS "${roff(`${name} ${command.operands}`.trim())}"`,
    roff(upperFirst(command.description)),
    ...command.options.filter(({ long }) => long !== '--help').flatMap(optionLines),
    ...(examples.length === 0 ? [] : ['.PP', 'Examples:']),
    ...examples.map(([line, meaning]) => `.TP\n.B "${roff(line)}"\n${roff(meaning)}`),
    ...(note === '' ? [] : ['.PP', roff(note)]),
    ...command.commands.flatMap((inner) => commandLines(inner, name)),
  ];
}

function optionLines({ short, long, value, description, choices }: DescribedOption): string[] {
  const flags = short === null ? long : `${short}, ${long}`;
  const written = value === null ? flags : `${flags} ${value}`;
  const values = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
  return [`.TP\n.B "${roff(written)}"\n${roff(description + values)}`];
}

/** Text in roff: nothing in it is a request, a macro argument or an escape. */
function roff(text: string): string {
  const safe = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll('\n', ' ');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
