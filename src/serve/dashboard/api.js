/**
 * Questions to the daemon. A newer question of the same kind calls off the one before.
 *
 * @typedef {{ timestamp: string, level: string | null, severity: number, source: string, message: string,
 *   tags: string[], metadata: Record<string, unknown>, file: string, offset: number }} EntryRecord
 * @typedef {{ start: number, end: number }} Hit
 * @typedef {{ records: EntryRecord[], cursor: string | null, hits: Hit[][], elapsedMs: number, damagedSegments: number,
 *   table?: import('./query-table.js').QueryTable }} SearchAnswer
 * @typedef {{ start: string, counts: Record<string, number>, total: number }} Bucket
 * @typedef {{ bucketMs: number, from: string | null, until: string | null, total: number, buckets: Bucket[] }} HistogramAnswer
 * @typedef {{ code: string, message: string, hint?: string, column?: number, length?: number, expected?: string, suggestion?: string }} ErrorDetails
 */

/** The daemon understood the question and refused it. */
export class Refused extends Error {
  /** @param {ErrorDetails} details */
  constructor(details) {
    super(details.message);
    this.details = details;
  }
}

/** @type {Map<string, AbortController>} */
const running = new Map();

/**
 * @template T
 * @param {string} path
 * @param {Record<string, string | number | boolean | null | undefined>} parameters null and undefined are left out
 * @returns {Promise<T>} rejects with `Refused`, with an `AbortError` when a newer question came, with `TypeError` when nobody answers
 */
export async function ask(path, parameters = {}) {
  running.get(path)?.abort();
  const controller = new AbortController();
  running.set(path, controller);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const response = await fetch(`${path}?${search}`, { signal: controller.signal });
  const body = await response.json();
  if (!response.ok)
    throw new Refused(body.error ?? { code: 'FAULT', message: response.statusText });
  return body;
}

/** @param {unknown} error */
export function isCalledOff(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
