/** Requests by route and status, and how long they took, for metrics. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';

/** Upper ends of the histogram's buckets, seconds; what is slower is in `+Inf`. */
export const SECONDS_BUCKETS: readonly number[] = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10];

export type RouteCounts = Readonly<{
  route: string;
  /** By status code. */
  codes: ReadonlyMap<number, number>;
  /** Requests in each bucket, not added up; the last one is `+Inf`. */
  buckets: readonly number[];
  seconds: number;
}>;

type Counted = { codes: Map<number, number>; buckets: number[]; seconds: number };

/** What no route was found for; the address itself is foreign, and there is no end of them. */
const NO_ROUTE = '(none)';

export class HttpCounts {
  readonly #routes = new Map<string, Counted>();

  /** Count every answer of a server. Streams are left out: they take as long as somebody listens. */
  static of(app: FastifyInstance, clock: Clock): HttpCounts {
    const counts = new HttpCounts();
    const startedMs = new WeakMap<object, number>();
    app.addHook('onRequest', async (request) => {
      startedMs.set(request.raw, clock.monotonicMs());
    });
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? NO_ROUTE;
      const started = startedMs.get(request.raw) ?? clock.monotonicMs();
      counts.#add(route, reply.statusCode, (clock.monotonicMs() - started) / 1_000);
    });
    return counts;
  }

  routes(): RouteCounts[] {
    return [...this.#routes].map(([route, counted]) => ({ route, ...counted }));
  }

  #add(route: string, code: number, seconds: number): void {
    let counted = this.#routes.get(route);
    if (counted === undefined) {
      const buckets = new Array<number>(SECONDS_BUCKETS.length + 1).fill(0);
      counted = { codes: new Map(), buckets, seconds: 0 };
      this.#routes.set(route, counted);
    }
    counted.codes.set(code, (counted.codes.get(code) ?? 0) + 1);
    const index = SECONDS_BUCKETS.findIndex((bound) => seconds <= bound);
    counted.buckets[index < 0 ? SECONDS_BUCKETS.length : index]! += 1;
    counted.seconds += seconds;
  }
}
