/**
 * The requests of a segment: how often each route was asked for, how often it failed, and how long it took.
 *
 *     requests = route count varint · (source varint · text) for each
 *              · five columns (`column-codec.ts`) of as many values, left out where there are none: count, failures (status
 *                5xx), timed ones, their sum and their maximum (µs)
 *              · cell count varint · three columns, left out where there are none: route, time class, count
 *
 * A time class is a quarter of a doubling (`timeClassOf`): percentiles are right to a tenth. Routes are bounded for each
 * segment; what finds no room is not told of.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { METHODS } from '../pattern/template.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnEncoder, readColumn, writeColumn } from './column-codec.ts';
import type { LocalNames } from './local-names.ts';
import { REQUEST_ROLE, RequestKeys } from './request-keys.ts';
import { RouteMasker } from './request-route.ts';

/** Routes told apart, in one segment and in one report. */
export const ROUTES_MAX = 2_048;
/** Routes remembered by their hash, those that found no room among them. */
const ROUTES_REMEMBERED_MAX = 8_192;
const CLASSES_A_DOUBLING = 4;
export const TIME_CLASS_COUNT = 160;

/** 0: less than a µs. */
export function timeClassOf(us: number): number {
  if (us < 1) return 0;
  return Math.min(TIME_CLASS_COUNT - 1, 1 + Math.floor(Math.log2(us) * CLASSES_A_DOUBLING));
}

/** The middle of a class. */
export function timeOfClass(timeClass: number): number {
  return timeClass === 0 ? 0 : 2 ** ((timeClass - 0.5) / CLASSES_A_DOUBLING);
}

export type RouteCounts = {
  readonly source: string;
  readonly route: string;
  count: number;
  failedCount: number;
  timedCount: number;
  totalUs: number;
  maxUs: number;
  /** Requests by time class. */
  readonly times: Map<number, number>;
};

/** Counts requests, of rows or of what segments have counted. */
export class RequestCounts {
  readonly #bySource = new Map<string, Map<string, RouteCounts>>();
  /** What a row is counted as, by a hash of its source, method and route; null: no request, or no room. */
  readonly #remembered = new Map<number, RouteCounts | null>();
  readonly #masker = new RouteMasker();
  #keys: RequestKeys | null = null;
  #routeCount = 0;

  clear(): void {
    this.#bySource.clear();
    this.#remembered.clear();
    this.#keys = null;
    this.#routeCount = 0;
  }

  /** Count a row, if it is a request. Its fields must be there. */
  add(columns: EntryColumns, row: number): void {
    const { names, fieldKey } = columns;
    this.#keys ??= RequestKeys.of(names.keys);
    const roles = this.#keys.roles();
    let method = -1;
    let path = -1;
    let status = -1;
    let time = -1;
    for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
      const role = roles[fieldKey[field]!]!;
      if (role === REQUEST_ROLE.NONE) continue;
      if (role === REQUEST_ROLE.METHOD) method = field;
      else if (role === REQUEST_ROLE.PATH) path = path === -1 ? field : path;
      else if (role === REQUEST_ROLE.STATUS) status = field;
      else time = field;
    }
    if (method === -1 || path === -1) return;
    const counts = this.#countsOf(columns, row, { method, path });
    if (counts === null) return;
    counts.count += 1;
    if (status !== -1 && isFailure(columns, status)) counts.failedCount += 1;
    const us = time === -1 ? Number.NaN : this.#keys.microsecondsOf(columns, time);
    if (!Number.isNaN(us)) addTime(counts, us);
  }

  /** Add what was counted elsewhere. */
  addAll(others: Iterable<Readonly<RouteCounts>>): void {
    for (const other of others) {
      const counts = this.#open(other.source, other.route);
      if (counts === null) continue;
      counts.count += other.count;
      counts.failedCount += other.failedCount;
      counts.timedCount += other.timedCount;
      counts.totalUs += other.totalUs;
      counts.maxUs = Math.max(counts.maxUs, other.maxUs);
      for (const [timeClass, count] of other.times) {
        counts.times.set(timeClass, (counts.times.get(timeClass) ?? 0) + count);
      }
    }
  }

  /** Sources by name, and their routes as they came first: the same whatever the order in which sources took turns. */
  list(): RouteCounts[] {
    const sources = [...this.#bySource.keys()].sort();
    return sources.flatMap((source) => [...this.#bySource.get(source)!.values()]);
  }

  #countsOf(
    columns: EntryColumns,
    row: number,
    at: Readonly<{ method: number; path: number }>,
  ): RouteCounts | null {
    const { bytes, fieldStart, fieldLength } = columns;
    const source = columns.source[row]!;
    const start = fieldStart[at.path]!;
    if (!this.#masker.mask(bytes, start, start + fieldLength[at.path]!)) return null;
    const methodStart = fieldStart[at.method]!;
    const methodEnd = methodStart + fieldLength[at.method]!;
    const hash = this.#masker.hashWith(source, bytes, methodStart, methodEnd);
    const known = this.#remembered.get(hash);
    if (known !== undefined) return known;
    const method = columns.fieldText(at.method);
    const counts = METHODS.has(method)
      ? this.#open(columns.names.sources.valueOf(source), `${method} ${this.#masker.text()}`)
      : null;
    if (this.#remembered.size >= ROUTES_REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(hash, counts);
    return counts;
  }

  #open(source: string, route: string): RouteCounts | null {
    const routes = this.#bySource.get(source) ?? new Map<string, RouteCounts>();
    this.#bySource.set(source, routes);
    const known = routes.get(route);
    if (known !== undefined) return known;
    if (this.#routeCount >= ROUTES_MAX) return null;
    const counts = {
      ...{ source, route, count: 0, failedCount: 0 },
      ...{ timedCount: 0, totalUs: 0, maxUs: 0, times: new Map<number, number>() },
    };
    routes.set(route, counts);
    this.#routeCount += 1;
    return counts;
  }
}

const FIVE = 0x35;

/** A status of three digits, the first of them 5. */
function isFailure({ bytes, fieldStart, fieldLength }: EntryColumns, field: number): boolean {
  return fieldLength[field] === 3 && bytes[fieldStart[field]!] === FIVE;
}

function addTime(counts: RouteCounts, us: number): void {
  counts.timedCount += 1;
  counts.totalUs += us;
  counts.maxUs = Math.max(counts.maxUs, us);
  const timeClass = timeClassOf(us);
  counts.times.set(timeClass, (counts.times.get(timeClass) ?? 0) + 1);
}

export function writeRequestPart(
  out: ByteWriter,
  routes: readonly RouteCounts[],
  sourceIdOf: (name: string) => number,
  names: LocalNames,
): void {
  out.varint(routes.length);
  for (const { source, route } of routes) {
    out.varint(names.sources.idOf(sourceIdOf(source)));
    out.text(route);
  }
  if (routes.length === 0) return;
  const encoder = new ColumnEncoder();
  const write = (values: readonly number[]): void =>
    writeColumn(out, encoder.encode(Float64Array.from(values), values.length), 0);
  write(routes.map(({ count }) => count));
  write(routes.map(({ failedCount }) => failedCount));
  write(routes.map(({ timedCount }) => timedCount));
  write(routes.map(({ totalUs }) => totalUs));
  write(routes.map(({ maxUs }) => maxUs));
  const cells = routes.flatMap(({ times }, index) =>
    [...times].sort(([a], [b]) => a - b).map(([timeClass, count]) => [index, timeClass, count]),
  );
  out.varint(cells.length);
  if (cells.length === 0) return;
  for (const column of [0, 1, 2]) write(cells.map((cell) => cell[column]!));
}

/** Names of the segment become texts. */
export function readRequestPart(
  input: ByteReader,
  sourceOf: (local: number) => string,
): RouteCounts[] {
  const heads: { source: string; route: string }[] = [];
  for (let left = input.count(2); left > 0; left -= 1) {
    heads.push({ source: sourceOf(input.varint()), route: input.text() });
  }
  const routeCount = heads.length;
  if (routeCount === 0) return [];
  const [counts, failed, timed, total, most] = [0, 1, 2, 3, 4].map(() =>
    readColumn(input, routeCount),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const routes = heads.map((head, index) => ({
    ...head,
    count: counts[index]!,
    failedCount: failed[index]!,
    timedCount: timed[index]!,
    totalUs: total[index]!,
    maxUs: most[index]!,
    times: new Map<number, number>(),
  }));
  const cellCount = input.varint();
  if (cellCount === 0) return routes;
  const [route, timeClass, count] = [0, 1, 2].map(() => readColumn(input, cellCount)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let cell = 0; cell < cellCount; cell += 1) {
    routes[route[cell]!]?.times.set(timeClass[cell]!, count[cell]!);
  }
  return routes;
}
