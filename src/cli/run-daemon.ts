/** The daemon from its config to its end. */
import { logStyleOf, openLog } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import { Daemon } from '../daemon.ts';
import type { IngestThread } from '../ingest/ingest-client.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { settingsOnThread } from './settings-thread.ts';

const STDOUT = 1;

/** What is under way already while this file is loaded. */
export type Starting = Readonly<{
  settings: Promise<Settings>;
  /** Whoever started it ends it. */
  ingestThread: IngestThread;
  /** Whether a SIGHUP has come: perhaps behind the reading of the config. */
  hasHungUp: () => boolean;
}>;

export async function runDaemon(
  context: CliContext,
  options: GlobalOptions,
  { settings: reading, ingestThread, hasHungUp }: Starting,
): Promise<void> {
  const settings = await reading;
  const style = logStyleOf(STDOUT, context.environment);
  const log = openLog({ level: settings.log.level, descriptor: STDOUT, ...style });
  const daemon = await Daemon.start({
    clock: context.clock,
    log,
    workerLog: { level: settings.log.level, descriptor: STDOUT, ...style },
    settings,
    ingestThread,
    reloadSettings: (stop) => settingsOnThread(context, options, stop),
  });
  const onHangUp = (): void => void daemon.reload().catch(() => {}); // the daemon has logged it
  if (hasHungUp()) onHangUp();
  process.on('SIGHUP', onHangUp);
  try {
    await daemon.ended(context.stop);
  } finally {
    process.off('SIGHUP', onHangUp);
    await daemon[Symbol.asyncDispose]();
  }
  context.finish(EXIT.DONE);
}
