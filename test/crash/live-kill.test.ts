/**
 * The real daemon under SIGKILL while `logstead tail` and readers of `/api/tail` follow: each line is shown to each of them once. The
 * command goes on beside the daemons; the readers connect again with the id they have, also one to whom nothing was shown yet.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DaemonProcess, MAIN_PATH, TestProject } from '../support/daemon-process.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = process.env.TORTURE === 'long' ? 20 : 2;
const LINES_PER_TICK = 5;
const TICK_MS = 10;
const SHOWN_MS_MAX = 120_000;

test('whoever follows is shown each line once, though the daemon is killed again and again', {
  timeout: 600_000,
}, async () => {
  using project = TestProject.make();
  const port = await freePort();
  // The same after each start, so that whoever reads finds it again.
  const config = project.folder.read('config/config.ini');
  project.folder.write('config/config.ini', config.replace('127.0.0.1:0', `127.0.0.1:${port}`));
  const path = project.folder.write('logs/app.log', line('probe'));
  let daemon = await DaemonProcess.start(project);
  await daemon.waitFor(async () => (await project.cli(['search', 'probe'])).code === 0);
  using command = new TailCommand(project);
  const readers = ['-probe', 'rare'].map((query) => new StreamReader(port, query));
  await waitFor(() => readers.every(({ place }) => place !== null));
  // It says nothing of itself before there is something to show.
  await waitFor(async () => {
    appendFileSync(path, line('probe'));
    await pause(200);
    return command.hasBegun;
  });
  using writer = new Writer(path);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(1_000 + 1_000 * Math.random());
    await daemon.kill9();
    // What is rare is written while no daemon runs, and nothing of it had been shown.
    if (kill === 0) appendFileSync(path, line('rare one'));
    daemon = await DaemonProcess.start(project);
  }
  await using _last = daemon;
  const written = await writer.stop();
  const wanted = [...written, 'rare one'].toSorted();
  const all = { timeoutMs: SHOWN_MS_MAX };
  await waitFor(() => readers[0]!.shown.length >= wanted.length, all);
  await waitFor(() => readers[1]!.shown.length > 0, all);
  await waitFor(() => command.shown.length >= wanted.length, all);
  for (const reader of readers) reader.stop();
  expect(readers[0]!.shown.toSorted()).toEqual(wanted);
  expect(readers[1]!.shown).toEqual(['rare one']);
  expect(command.shown.toSorted()).toEqual(wanted);
});

function line(text: string): string {
  return `${new Date().toISOString()} INFO ${text}\n`;
}

class Writer implements Disposable {
  readonly #path: string;
  readonly #lines: string[] = [];
  #isOn = true;
  readonly #ended: Promise<void>;

  constructor(path: string) {
    this.#path = path;
    this.#ended = this.#write();
  }

  async stop(): Promise<string[]> {
    this.#isOn = false;
    await this.#ended;
    return this.#lines;
  }

  [Symbol.dispose](): void {
    this.#isOn = false;
  }

  async #write(): Promise<void> {
    while (this.#isOn) {
      const texts = Array.from(
        { length: LINES_PER_TICK },
        (_, index) => `line ${this.#lines.length + index}`,
      );
      appendFileSync(this.#path, texts.map(line).join(''));
      this.#lines.push(...texts);
      await pause(TICK_MS);
    }
  }
}

class TailCommand implements Disposable {
  readonly #child;
  #text = '';

  constructor({ folder }: TestProject) {
    this.#child = spawn(process.execPath, [MAIN_PATH, 'tail', '-n', '0', '-o', 'message'], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
  }

  get hasBegun(): boolean {
    return this.#text !== '';
  }

  get shown(): string[] {
    const lines = this.#text.split('\n').slice(0, -1);
    return lines.filter((text) => text !== 'probe');
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

/** As a browser reads: it connects again with the last id it was given. */
class StreamReader {
  readonly shown: string[] = [];
  place: string | null = null;
  readonly #address: string;
  readonly #stop = new AbortController();

  constructor(port: number, query: string) {
    this.#address = `http://127.0.0.1:${port}/api/tail?q=${query}`;
    void this.#follow();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#read().catch(() => {});
      await pause(50);
    }
  }

  async #read(): Promise<void> {
    const headers: Record<string, string> =
      this.place === null ? {} : { 'last-event-id': this.place };
    const { body, ok } = await fetch(this.#address, { headers, signal: this.#stop.signal });
    if (!ok || body === null) return;
    let text = '';
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const events = (text + piece).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.#take(event);
    }
  }

  #take(event: string): void {
    this.place = /^id: (\d+)$/m.exec(event)?.[1] ?? this.place;
    const data = /^event: entries\ndata: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    const { records } = JSON.parse(data) as { records: { message: string }[] };
    this.shown.push(...records.map(({ message }) => message));
  }
}
