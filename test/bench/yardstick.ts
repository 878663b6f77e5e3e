/**
 * How much longer a busy machine makes a nanosecond of CPU: others take its caches, its memory and, in a virtual
 * machine, its cores, and the CPU clock goes on. A piece of work whose price on a free core is known is done before and after
 * each measurement; what was measured, divided by how much longer that took, is the estimate for a free core.
 */

/** A string and `JSON.parse` of a line of pino: what it costs on a free core of 2.6 GHz. */
const FREE_NS = 700;
const LINES = 100_000;
const LINE = Buffer.from(
  '{"level":30,"time":1763640000123,"pid":4321,"hostname":"web-01","reqId":"6f1c2a34-9d0b-4a6e-8f52-0b9c1d2e3f40","status":200,"ms":12.5,"msg":"request completed: GET /api/v1/orders"}',
);

let sink = 0;

/** 1 on a free machine. */
export function slowness(): number {
  const before = process.threadCpuUsage();
  for (let line = 0; line < LINES; line += 1) {
    const parsed = JSON.parse(LINE.toString('latin1')) as { time: number };
    sink += parsed.time;
  }
  const { user, system } = process.threadCpuUsage(before);
  if (!Number.isFinite(sink)) throw new Error('nothing was parsed');
  return ((user + system) * 1000) / LINES / FREE_NS;
}
