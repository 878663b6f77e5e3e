/** `logstead top`: sources, rates, levels and open incidents in the terminal, live, until `q`. On a pipe: one picture. */
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { IncidentStore } from '../alert/incident-store.ts';
import { OperatorError } from '../base/errors.ts';
import { callDaemon } from '../serve/control-client.ts';
import type { DaemonStatus } from '../serve/daemon-status.ts';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { type LocalTime, UserTime } from './local-time.ts';
import { type OpenStore, openStore } from './open-reader.ts';
import { stateDirFor } from './state-dir.ts';
import { terminalOf } from './terminal.ts';
import { TopActivity } from './top-activity.ts';
import { SORTS, type TopView, topScreen } from './top-screen.ts';

type TopOptions = Readonly<{ utc?: boolean }>;

/** How often the picture is made anew. */
const LOOK_EVERY_MS = 1_000;
/** Of a picture on a pipe. */
const PIPE_SIZE = { width: 120, height: 50 };

/** The other screen of the terminal, without a cursor; and back. */
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('top')
    .description('sources, rates, errors and open incidents, live in the terminal')
    .option('--utc', 'print times in UTC');
  addExamples(command, [
    ['logstead top', 'watch; q ends it, ? says what the keys do'],
    ['logstead top | head -20', 'one picture'],
  ]).action(async (options: TopOptions, self: Command) => {
    const stateDir = await stateDirFor(context, globalOptions(self));
    using store = openStore(context, { stateDir });

    if (store === null) context.finish(EXIT.NOTHING_FOUND);
    else await new Top(context, { store, stateDir, options }).run();
  });
}

type Parts = Readonly<{ store: OpenStore; stateDir: string; options: TopOptions }>;

class Top {
  readonly #context: CliContext;
  readonly #parts: Parts;
  readonly #activity: TopActivity;
  readonly #incidents: IncidentStore;
  readonly #time: LocalTime;
  readonly #ended = new AbortController();
  #view: TopView;

  constructor(context: CliContext, parts: Parts) {
    const { clock, output, environment } = context;
    this.#context = context;
    this.#parts = parts;
    this.#activity = new TopActivity(parts.store.reader, clock.nowMs());
    this.#incidents = IncidentStore.reader(parts.store.database);
    this.#time = new UserTime(clock.nowMs(), parts.options).local;
    this.#view = {
      host: hostname(),
      clock: '',
      nowMs: clock.nowMs(),
      status: null,
      sources: [],
      incidents: [],
      sort: 'lines',
      filter: '',
      isTyping: false,
      isPaused: false,
      showsHelp: false,
      ...PIPE_SIZE,
      colour: terminalOf(output, environment).colour,
    };
  }

  async run(): Promise<void> {
    const { output, stop, clock } = this.#context;
    if (output.isTTY !== true) {
      await this.#look();
      output.write(`${topScreen(this.#view)}\n`);
      return;
    }
    stop.addEventListener('abort', () => this.#ended.abort(), { once: true });
    using _keys = this.#listen();
    output.write(ENTER_SCREEN);
    try {
      while (!this.#ended.signal.aborted && !stop.aborted) {
        if (!this.#view.isPaused) await this.#look();
        this.#draw();
        await clock.sleep(LOOK_EVERY_MS, { signal: this.#ended.signal });
      }
    } finally {
      output.write(LEAVE_SCREEN);
    }
  }

  async #look(): Promise<void> {
    const { clock } = this.#context;
    const status = await askStatus(this.#parts.stateDir);
    const nowMs = clock.nowMs();
    this.#activity.look(nowMs);
    this.#view = {
      ...this.#view,
      nowMs,
      clock: this.#time.clock(nowMs).slice(0, 8),
      status,
      sources: this.#activity.sources(nowMs),
      incidents: this.#incidents.list({ state: 'open' }),
    };
  }

  #draw(): void {
    const { output } = this.#context;
    const size = { width: output.columns ?? 80, height: output.rows ?? 24 };
    const lines = topScreen({ ...this.#view, ...size }).split('\n');
    output.write(`${HOME}${lines.map((line) => line + CLEAR_LINE).join('\n')}${CLEAR_BELOW}`);
  }

  /** Keys one by one, until disposed; the terminal is then as it was. */
  #listen(): Disposable {
    const { stdin } = process;
    if (stdin.isTTY !== true) return { [Symbol.dispose]() {} };
    const onKey = (bytes: Buffer): void => {
      for (const key of bytes.toString('utf8')) this.#press(key);
      this.#draw();
    };
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', onKey);
    return {
      [Symbol.dispose]() {
        stdin.off('data', onKey);
        stdin.setRawMode(false);
        stdin.pause();
      },
    };
  }

  #press(key: string): void {
    // Ctrl-C and Ctrl-D arrive as characters here.
    if (key === '\x03' || key === '\x04') this.#ended.abort();
    else if (this.#view.isTyping) this.#type(key);
    else if (key === 'q') this.#ended.abort();
    else this.#view = { ...this.#view, ...pressed(this.#view, key) };
  }

  #type(key: string): void {
    const { filter } = this.#view;
    if (key === '\r' || key === '\n') this.#view = { ...this.#view, isTyping: false };
    else if (key === '\x1b') this.#view = { ...this.#view, isTyping: false, filter: '' };
    else if (key === '\x7f') this.#view = { ...this.#view, filter: filter.slice(0, -1) };
    else if (key >= ' ') this.#view = { ...this.#view, filter: filter + key };
  }
}

/** What a key changes of the view. */
export function pressed(view: TopView, key: string): Partial<TopView> {
  switch (key) {
    case ' ':
      return { isPaused: !view.isPaused };
    case 's':
      return { sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length]! };
    case '/':
      return { isTyping: true, filter: '' };
    case '?':
      return { showsHelp: !view.showsHelp };
    default:
      return {};
  }
}

async function askStatus(stateDir: string): Promise<DaemonStatus | null> {
  try {
    return (await callDaemon(stateDir, 'status', { args: { files: 'behind' } })) as DaemonStatus;
  } catch (thrown) {
    if (thrown instanceof OperatorError) return null;
    throw thrown;
  }
}
