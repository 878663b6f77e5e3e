/**
 * Run by `logstead.sh` before the first start of a daemon from its sources: makes Node compile what its threads are made
 * of, and keep that in its cache.
 *
 * What strips the types off is part of Node, and large: a thread that needs it once holds some 10 MB more for as long as it
 * lives, and a daemon of five threads lives for months. This process ends, and lets go of it.
 */
import { moduleUrl } from '../base/module-url.ts';

/** What threads begin with, and what they load later. */
const BEGINNINGS = [
  './run.ts',
  './run-daemon.ts',
  './settings-worker.ts',
  '../ingest/ingest-worker.ts',
  '../engine/seal-worker.ts',
  '../serve/http-server.ts',
  '../serve/query-worker.ts',
  '../serve/lookup-worker.ts',
  '../rotate/rotation-worker.ts',
  '../clickhouse/ship-worker.ts',
  '../clickhouse/found-spans.ts',
  '../notify/command.ts',
  '../notify/mail.ts',
  '../notify/webhook.ts',
] as const;

for (const path of BEGINNINGS) {
  // The beginning of a thread refuses to run outside of one, when all that it is made of is compiled.
  await import(moduleUrl(path, import.meta.url).href).catch(() => {});
}
