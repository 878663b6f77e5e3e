/** `logstead alerts send-test`: the daemon tells everybody of nothing, as it would of an alert, and it is said what became of that. */
import type { Command } from 'commander';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import type { PathSettings } from '../config/settings.ts';
import { type ToldRecord, toldRecords } from '../notify/incident-history.ts';
import { callDaemon } from '../serve/control-client.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openDatabase } from './open-database.ts';
import { settingsFor } from './settings-for.ts';
import { toldText } from './told-text.ts';

type SendTestOptions = Readonly<{ json?: boolean }>;

/** Longer than a webhook, a program or a mail server is waited for by default. */
const WAIT_MS = 60_000;
const LOOK_EVERY_MS = 200;

export async function sendTest(
  context: CliContext,
  asked: Readonly<{ channels: readonly string[]; options: SendTestOptions; self: Command }>,
): Promise<void> {
  const { channels, options, self } = asked;
  const { paths } = settingsFor(context, globalOptions(self));
  const answer = await callDaemon(paths.stateDir, 'send-test', { args: { channels } });
  const { key } = answer as Readonly<{ key: string }>;
  const told = await outcomesOf(context, paths, key);
  for (const each of told) {
    const line = options.json ? jsonLine(each) : escapeTerminal(toldText(each));
    context.output.write(`${line}\n`);
  }
  context.finish(exitCodeOf(told));
}

/** As soon as each was tried, or after `WAIT_MS`. */
async function outcomesOf(
  context: CliContext,
  paths: PathSettings,
  key: string,
): Promise<readonly ToldRecord[]> {
  const { clock, stop } = context;
  const giveUpAtMs = clock.monotonicMs() + WAIT_MS;
  for (;;) {
    using database = openDatabase(context, paths);
    const told = database === null ? [] : toldRecords(database, key);
    const isTried = told.length > 0 && told.every(({ state }) => state !== 'queued');
    if (isTried || clock.monotonicMs() >= giveUpAtMs || stop.aborted) return told;
    await clock.sleep(LOOK_EVERY_MS, { signal: stop });
  }
}

function exitCodeOf(told: readonly ToldRecord[]): ExitCode {
  return told.every(({ state }) => state === 'sent') ? EXIT.DONE : EXIT.HARM_FOUND;
}
