/**
 * Completion scripts for bash, zsh and fish, made of the declared commands. They hold all names themselves: pressing Tab
 * starts no process.
 *
 * Road not taken: a library that asks the program at each Tab; it takes as long as a search.
 */
import type { DescribedCommand, DescribedOption } from './described.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(program: DescribedCommand, shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bashScript(program);
    case 'zsh':
      return zshScript(program);
    case 'fish':
      return fishScript(program);
  }
}

/** Every command with the words that lead to it: `archives verify`. The program itself has none. */
function pathsOf(
  command: DescribedCommand,
  before: readonly string[] = [],
): { path: string; command: DescribedCommand }[] {
  const inner = command.commands.flatMap((one) => pathsOf(one, [...before, one.name]));
  return [{ path: before.join(' '), command }, ...inner];
}

function flagsOf({ short, long }: DescribedOption): string[] {
  return short === null ? [long] : [short, long];
}

/** Options whose value is a file; others are completed from their choices, or not at all. */
function takesFile({ value }: DescribedOption): boolean {
  return value === '<file>';
}

/** A word for the inside of single quotes in every one of the three shells: ours hold none. */
function plain(text: string): string {
  return text.replace(/['\\`$]/g, '');
}

function bashScript(program: DescribedCommand): string {
  const global = program.options.flatMap(flagsOf);
  const cases = pathsOf(program).map(({ path, command }) => {
    const words = [
      ...command.commands.map(({ name }) => name),
      ...command.options.flatMap(flagsOf),
    ];
    return `    '${path}') words='${[...words, ...(path === '' ? [] : global)].join(' ')}' ;;`;
  });
  const paths = pathsOf(program)
    .filter(({ path }) => path !== '')
    .map(({ path }) => `'${path}'`);
  return `# Completion of logstead for bash: source it, or put it into /etc/bash_completion.d/
_logstead() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' word words=''
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path:$previous in
${bashValues(program).join('\n')}
  esac
  case $path in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _logstead logstead
`;
}

/** What the values of options are completed with. */
function bashValues(program: DescribedCommand): string[] {
  return pathsOf(program).flatMap(({ path, command }) =>
    command.options.flatMap((option) => {
      const at = flagsOf(option)
        .map((flag) => (path === '' ? `*:${flag}` : `'${path}:${flag}'`))
        .join('|');
      if (option.choices.length > 0) {
        const words = option.choices.join(' ');
        return [
          `    ${at}) mapfile -t COMPREPLY < <(compgen -W '${words}' -- "$current"); return ;;`,
        ];
      }
      if (takesFile(option)) {
        return [`    ${at}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;`];
      }
      // A value of its own: nothing of ours is proposed in its place.
      return option.value === null ? [] : [`    ${at}) return ;;`];
    }),
  );
}

function zshOption(option: DescribedOption): string[] {
  const text = plain(option.description).replace(/[[\]:]/g, '');
  const values =
    option.choices.length > 0
      ? `:value:(${option.choices.join(' ')})`
      : takesFile(option)
        ? ':file:_files'
        : option.value === null
          ? ''
          : ':value: ';
  return flagsOf(option).map((flag) => `'${flag}[${text}]${values}'`);
}

function zshScript(program: DescribedCommand): string {
  const functions = pathsOf(program).map(({ path, command }) => {
    const name = functionName(path);
    const options = [...command.options, ...(path === '' ? [] : program.options)]
      .flatMap(zshOption)
      .map((option) => `    ${option} \\`);
    if (command.commands.length === 0) {
      return `${name}() {\n  _arguments -s \\\n${options.join('\n')}\n    '*: :_files'\n}`;
    }
    const names = command.commands.map(
      (inner) => `    '${inner.name}:${plain(inner.description).replaceAll(':', ' ')}'`,
    );
    const calls = command.commands.map(
      (inner) => `    ${inner.name}) ${functionName(`${path} ${inner.name}`.trim())} ;;`,
    );
    return `${name}() {
  local state line
  local -a names=(
${names.join('\n')}
  )
  _arguments -C \\
${options.join('\n')}
    '1: :->name' '*:: :->rest'
  case $state in
    name) _describe 'command' names ;;
    rest) case $line[1] in
${calls.join('\n')}
    esac ;;
  esac
}`;
  });
  return `#compdef logstead
# Completion of logstead for zsh: put it as _logstead into a folder of $fpath.
${functions.join('\n')}
compdef _logstead logstead
`;
}

function functionName(path: string): string {
  return path === '' ? '_logstead' : `_logstead_${path.replaceAll(' ', '_')}`;
}

function fishScript(program: DescribedCommand): string {
  const lines = pathsOf(program).flatMap(({ path, command }) => {
    const condition = fishCondition(path, command);
    const names = command.commands.map(
      ({ name, description }) =>
        `complete -c logstead -f ${condition}-a ${name} -d '${plain(description)}'`,
    );
    const options = command.options.map((option) => {
      const short = option.short === null ? '' : ` -s ${option.short.slice(1)}`;
      const values =
        option.choices.length > 0
          ? ` -x -a '${option.choices.join(' ')}'`
          : takesFile(option)
            ? ' -r -F'
            : option.value === null
              ? ''
              : ' -x';
      return `complete -c logstead ${path === '' ? '' : condition}${short} -l ${option.long.slice(2)}${values} -d '${plain(option.description)}'`.replace(
        / {2,}/g,
        ' ',
      );
    });
    return [...names, ...options];
  });
  return `# Completion of logstead for fish: put it into ~/.config/fish/completions/logstead.fish\n${lines.join('\n')}\n`;
}

function fishCondition(path: string, command: DescribedCommand): string {
  if (path === '') return "-n '__fish_use_subcommand' ";
  const seen = path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');
  const none =
    command.commands.length === 0
      ? ''
      : `; and not __fish_seen_subcommand_from ${command.commands.map(({ name }) => name).join(' ')}`;
  return `-n '${seen}${none}' `;
}
