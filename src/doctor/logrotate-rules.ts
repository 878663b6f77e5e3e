/**
 * The rules of logrotate, read from its config files: which paths, and the directives that matter to a reader.
 *
 * The grammar is that of logrotate(8): directives outside braces are defaults for what follows; paths, quoted or not,
 * stand before an opening brace; scripts run to `endscript`; `include` stands for what it names. What is not understood is passed
 * over: this only warns.
 */

export type LogrotateRule = Readonly<{
  file: string;
  /** 1-based line of the first path. */
  line: number;
  patterns: readonly string[];
  copytruncate: boolean;
  compress: boolean;
  delaycompress: boolean;
  /** How many old files are kept; without a word of it none is. */
  rotate: number;
  create: CreateDirective | null;
}>;

/** `create [mode] [owner] [group]`: how the new file is made; null: as the old one was. */
export type CreateDirective = Readonly<{
  mode: number | null;
  owner: string | null;
  group: string | null;
}>;

type Directives = {
  copytruncate: boolean;
  compress: boolean;
  delaycompress: boolean;
  rotate: number;
  create: CreateDirective | null;
  /** Names in a folder that are passed over when it is included, as patterns. */
  taboo: readonly string[];
};

export type LogrotateFile = Readonly<{
  /** Its own and those of what it includes, in order. */
  rules: readonly LogrotateRule[];
  /** What holds behind it. */
  defaults: Readonly<Directives>;
}>;

/** With which logrotate begins. */
export const LOGROTATE_DEFAULTS: Readonly<Directives> = {
  copytruncate: false,
  compress: false,
  delaycompress: false,
  rotate: 0,
  create: null,
  taboo: tabooOf(
    `,v .bak .cfsaved .disabled .dpkg-bak .dpkg-del .dpkg-dist .dpkg-new .dpkg-old .dpkg-tmp .rhn-cfg-tmp-* .rpmnew .rpmorig
     .rpmsave .swp .ucf-dist .ucf-new .ucf-old ~`.split(/\s+/),
  ),
};

/** Directives whose script runs to `endscript`. */
const SCRIPTS = /^(?:prerotate|postrotate|firstaction|lastaction|preremove)\b/;

/** The path runs to the end of the line; quotes would be part of it. */
const INCLUDE = /^include(?:\s*=\s*|\s+)(\S.*)$/;

export type ParseLogrotateOptions = Readonly<{
  /** Defaults of the file that includes this one. */
  inherited?: Readonly<Directives>;
  /** Reads what an `include` names, given what holds there. */
  include?: (path: string, defaults: Readonly<Directives>) => LogrotateFile;
}>;

export function parseLogrotate(
  file: string,
  text: string,
  {
    inherited = LOGROTATE_DEFAULTS,
    include = (_, defaults) => ({ rules: [], defaults }),
  }: ParseLogrotateOptions = {},
): LogrotateFile {
  let defaults: Directives = { ...inherited };
  const rules: LogrotateRule[] = [];
  let paths: string[] = [];
  let line = 0;
  let open: Directives | null = null;
  let inScript = false;
  for (const [index, raw] of text.split('\n').entries()) {
    let rest = raw.trim();
    if (inScript) {
      inScript = rest !== 'endscript';
      continue;
    }
    if (rest === '' || rest.startsWith('#')) continue;
    if (open === null && (rest.startsWith('/') || rest.startsWith('"') || rest.startsWith('{'))) {
      if (paths.length === 0) line = index + 1;
      const brace = rest.indexOf('{');
      paths.push(...pathsOf(brace < 0 ? rest : rest.slice(0, brace)));
      if (brace < 0) continue;
      open = { ...defaults };
      rest = rest.slice(brace + 1).trim();
    }
    const named = open === null ? INCLUDE.exec(rest)?.[1] : undefined;
    if (named !== undefined) {
      const included = include(named, defaults);
      rules.push(...included.rules);
      defaults = { ...included.defaults };
      continue;
    }
    if (SCRIPTS.test(rest)) inScript = true;
    const closes = rest.endsWith('}');
    apply(open ?? defaults, closes ? rest.slice(0, -1).trim() : rest);
    if (!closes || open === null) continue;
    rules.push({ file, line, patterns: paths, ...open });
    paths = [];
    open = null;
  }
  return { rules, defaults };
}

function pathsOf(text: string): string[] {
  const found = text.matchAll(/"([^"]*)"|(\S+)/g);
  return [...found].map((match) => match[1] ?? match[2]!).filter((path) => path.startsWith('/'));
}

function apply(directives: Directives, text: string): void {
  const [name, value, ...more] = text.split(/[\s=]+/);
  switch (name) {
    case 'copytruncate':
    case 'compress':
    case 'delaycompress':
      directives[name] = true;
      return;
    case 'nocopytruncate':
      directives.copytruncate = false;
      return;
    case 'nocompress':
      directives.compress = false;
      return;
    case 'nodelaycompress':
      directives.delaycompress = false;
      return;
    case 'create':
      directives.create = createOf([value, ...more].filter((word) => word !== undefined));
      return;
    case 'nocreate':
      directives.create = null;
      return;
    case 'tabooext':
    case 'taboopat':
      directives.taboo = changedTaboo(directives.taboo, text);
      return;
    case 'rotate':
      directives.rotate = /^-?\d+$/.test(value ?? '') ? Number(value) : directives.rotate;
  }
}

/** `tabooext [+] list`, and `taboopat` with whole patterns: with a `+` added to those that there are, else in their place. */
function changedTaboo(known: readonly string[], text: string): string[] {
  const [, directive, plus, list] = /^(\w+)[\s=]+(\+?)(.*)$/.exec(text) ?? [];
  const words = (list ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return [...(plus === '+' ? known : []), ...(directive === 'tabooext' ? tabooOf(words) : words)];
}

function tabooOf(endings: readonly string[]): string[] {
  return endings.map((ending) => `*${ending}`);
}

function createOf(words: readonly string[]): CreateDirective {
  const hasMode = /^[0-7]{3,4}$/.test(words[0] ?? '');
  const [owner = null, group = null] = words.slice(hasMode ? 1 : 0);
  return { mode: hasMode ? Number.parseInt(words[0]!, 8) : null, owner, group };
}
