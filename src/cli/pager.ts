/**
 * Output for people, in their pager where it is longer than the window: `$LOGSTEAD_PAGER`, `$PAGER`, else `less`.
 *
 * - Only on a terminal. What fits is written as it is.
 * - The search goes first, then the pager: Ctrl-C ends a search at once, and no pager is left behind.
 *   Where there is very much, the pager is opened on the way and the rest follows at its pace.
 * - No shell: the setting is split at blanks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { nextTurn } from '../base/clock.ts';
import type { CliContext } from './context.ts';
import { PacedOutput, type TextOutput } from './paced-output.ts';

/** Held back to see whether it fits the window. */
const HELD_CHARACTERS_MAX = 1024 * 1024;

/** For `less`: colours as they are, quit where it fits, leave the text on the screen. */
const LESS = 'FRX';
/** What we write, whatever the language: one that is not set, or `C`, makes `less` show bytes. */
const LESSCHARSET = 'utf-8';

export type PagerOptions = Readonly<{ isWanted: boolean; startsAtEnd: boolean }>;

/** A pager where one is wanted and possible, else the output itself. */
export function openPaged(context: CliContext, options: PagerOptions): TextOutput {
  const command = options.isWanted ? pagerCommand(context) : null;
  return command === null
    ? new PacedOutput(context.output)
    : new PagedOutput(context, { ...options, command });
}

function pagerCommand({ output, environment }: CliContext): readonly string[] | null {
  // A terminal of the process: a test's own streams have no descriptor.
  const isTerminal = output.isTTY === true && (output as { fd?: number }).fd === 1;
  if (!isTerminal || environment.TERM === 'dumb') return null;
  const wanted = environment.LOGSTEAD_PAGER ?? environment.PAGER ?? 'less';
  const words = wanted.split(/\s+/).filter((word) => word !== '');
  return words.length === 0 || words[0] === 'cat' ? null : words;
}

type PagedOptions = PagerOptions & Readonly<{ command: readonly string[] }>;

class PagedOutput implements TextOutput {
  readonly #context: CliContext;
  readonly #options: PagedOptions;
  #held: string[] = [];
  #characterCount = 0;
  #lineCount = 0;
  #pager: ChildProcess | null = null;
  #target: PacedOutput | null = null;

  constructor(context: CliContext, options: PagedOptions) {
    this.#context = context;
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#pager?.stdin?.destroyed ?? false;
  }

  async write(content: string | Buffer): Promise<void> {
    if (this.#target !== null) {
      await this.#target.write(content);
      // The pager may have been left meanwhile.
      await nextTurn();
      return;
    }
    const text = content.toString();
    this.#held.push(text);
    this.#characterCount += text.length;
    this.#lineCount += text.split('\n').length - 1;
    if (this.#characterCount > HELD_CHARACTERS_MAX) await this.#release();
  }

  /** Hand over everything, and wait until the pager was left. */
  async finish(): Promise<void> {
    await this.#release();
    await this.#target?.finish();
    if (this.#pager === null) return;
    this.#pager.stdin?.end();
    if (this.#pager.exitCode === null) await once(this.#pager, 'close');
  }

  async #release(): Promise<void> {
    if (this.#target !== null) return;
    const rows = this.#context.output.rows ?? 24;
    this.#pager = this.#lineCount >= rows ? await startPager(this.#options) : null;
    this.#target = new PacedOutput(this.#pager?.stdin ?? this.#context.output);
    const held = this.#held;
    this.#held = [];
    for (const text of held) await this.#target.write(text);
  }
}

/** Null where it cannot be started: then everything goes to the terminal itself. */
async function startPager({ command, startsAtEnd }: PagedOptions): Promise<ChildProcess | null> {
  const [program = '', ...words] = command;
  const isLess = program === 'less' || program.endsWith('/less');
  const { env } = process;
  const less = startsAtEnd ? LESS.replace('F', '') : LESS;
  const pager = spawn(program, isLess && startsAtEnd ? [...words, '+G'] : words, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: less, LESSCHARSET, ...env },
  });
  try {
    await once(pager, 'spawn');
  } catch {
    return null;
  }
  // Ctrl-C is the pager's while it runs.
  process.on('SIGINT', () => {});
  // Left before everything was written: the reader's right.
  pager.stdin?.on('error', () => pager.stdin?.destroy());
  return pager;
}
