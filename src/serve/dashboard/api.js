/**
 * Questions to the daemon. A newer question of the same kind calls off the one before.
 *
 * @typedef {{ timestamp: string, level: string | null, severity: number, source: string, message: string,
 *   tags: string[], metadata: Record<string, unknown>, file: string, offset: number }} EntryRecord
 * @typedef {{ start: number, end: number }} Hit
 * @typedef {{ records: EntryRecord[], cursor: string | null, hits: Hit[][], ids: string[], elapsedMs: number,
 *   cut?: boolean, damagedSegments: number, table?: import('./query-table.js').QueryTable }} SearchAnswer
 * @typedef {{ start: string, counts: Record<string, number>, total: number }} Bucket
 * @typedef {{ bucketMs: number, from: string | null, until: string | null, countedFrom: string | null,
 *   total: number, buckets: Bucket[] }} HistogramAnswer
 * @typedef {{ code: string, message: string, hint?: string, column?: number, length?: number, expected?: string, suggestion?: string }} ErrorDetails
 * @typedef {Record<string, string | number | boolean | null | undefined>} Parameters null, undefined and '' are left out
 */

import { learnClock } from './time.js';

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

/** @param {string} path @param {Parameters} parameters */
export function addressOf(path, parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/**
 * @param {string} path
 * @param {Parameters} [parameters]
 * @param {string} [slot] questions of one slot call each other off
 * @param {number} [withinMs] nobody answers who takes longer; else the daemon's own time limit counts
 * @returns {Promise<any>} rejects with `Refused`, with an `AbortError` when a newer question came, with `TypeError` when nobody answers
 */
export async function ask(path, parameters = {}, slot = path, withinMs) {
  callOff(slot);
  const controller = new AbortController();
  running.set(slot, controller);
  const signals = withinMs === undefined ? [] : [AbortSignal.timeout(withinMs)];
  const signal = AbortSignal.any([controller.signal, ...signals]);
  return answerOf(await fetch(addressOf(path, parameters), { signal }));
}

/** @param {string} slot */
export function callOff(slot) {
  running.get(slot)?.abort();
  running.delete(slot);
}

/** @param {'POST' | 'PUT' | 'DELETE'} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
export async function send(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = body === undefined ? null : JSON.stringify(body);
  return answerOf(await fetch(path, { method, headers, body: text }));
}

/** @param {Response} response */
async function answerOf(response) {
  learnClock(response.headers.get('date'));
  const body = await response.json();
  if (response.ok) return body;
  // The session ended, or a token was set while the page was open.
  if (response.status === 401) dispatchEvent(new Event('signedout'));
  throw new Refused(body.error ?? { code: 'FAULT', message: response.statusText });
}

/** @param {unknown} error */
export function isCalledOff(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What became of a question that failed, as a sentence. @param {unknown} error */
export function reasonOf(error) {
  if (!(error instanceof Refused))
    return 'The daemon does not answer. What is shown is from before.';
  const { message, hint } = error.details;
  return hint === undefined ? message : `${message}. ${hint}`;
}
