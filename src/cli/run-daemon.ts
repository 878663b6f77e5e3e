/** The daemon from its config to its end. */
import { logStyleOf, openLog } from '../base/log.ts';
import { Daemon } from '../daemon.ts';
import type { IngestThread } from '../ingest/ingest-client.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { completeSettingsFor } from './settings-for.ts';

const STDOUT = 1;

/** `ingestThread`: started already, whoever did ends it. */
export async function runDaemon(
  context: CliContext,
  options: GlobalOptions,
  ingestThread: IngestThread,
): Promise<void> {
  const settings = completeSettingsFor(context, options);
  const style = logStyleOf(STDOUT, context.environment);
  const log = openLog({ level: settings.log.level, descriptor: STDOUT, ...style });
  const daemon = await Daemon.start({
    clock: context.clock,
    log,
    workerLog: { level: settings.log.level, descriptor: STDOUT, ...style },
    settings,
    ingestThread,
    reloadSettings: () => completeSettingsFor(context, options),
  });
  const onHangUp = (): void => void daemon.reload().catch(() => {}); // the daemon has logged it
  process.on('SIGHUP', onHangUp);
  try {
    await daemon.ended(context.stop);
  } finally {
    process.off('SIGHUP', onHangUp);
    await daemon[Symbol.asyncDispose]();
  }
  context.finish(EXIT.DONE);
}
