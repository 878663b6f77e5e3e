/**
 * What every request passes before a route sees it, and what every answer carries.
 *
 * - The Host header must name this server: a page elsewhere that had its own name point to 127.0.0.1 (DNS rebinding)
 *   is refused, as is whatever a browser says comes from another site. There is one such header.
 * - The answers allow the page nothing but its own files: no inline script or style, no foreign source, no frame.
 */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OperatorError } from '../base/errors.ts';
import { isLoopbackHost } from '../base/loopback.ts';

export class HostRefused extends Error {
  override name = 'HostRefused';
}

/** Of every answer. */
export const GUARD_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** `hosts`: the address that is listened on, then the names that people and proxies use; as they are now. */
export function addGuards(
  app: FastifyInstance,
  { hosts }: Readonly<{ hosts: () => readonly string[] }>,
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(GUARD_HEADERS);
    refuseOtherThanOneHost(request);
    refuseForeignHost(request, hosts());
    refuseForeignSite(request);
  });
}

/** Node takes the first and drops the others; a proxy before us may have looked at another one. */
function refuseOtherThanOneHost({ raw }: FastifyRequest): void {
  const count = raw.headersDistinct.host?.length ?? 0;
  if (count === 1) return;
  const found = count === 0 ? 'no Host header' : 'more than one Host header';
  throw new OperatorError('USAGE', `The request has ${found}; send one`);
}

function refuseForeignHost(request: FastifyRequest, hosts: readonly string[]): void {
  const name = hostNameOf(request.headers.host ?? '');
  if (name === 'localhost' || hosts.some((host) => host.toLowerCase() === name)) return;
  // An address, not a name: names can be made to point anywhere.
  if (isIP(name) !== 0 && (isLoopbackHost(name) || !isLoopbackHost(hosts[0] ?? ''))) return;
  throw new HostRefused(
    'The Host header names another server; a name that people ask for stands in [http] hosts',
  );
}

/** Without the port and the brackets of IPv6. */
function hostNameOf(header: string): string {
  const name = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header);
  return (name?.[1] ?? name?.[2] ?? '').toLowerCase();
}

/** Browsers say where a request comes from; programs do not. Following a link to the page is fine. */
function refuseForeignSite(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && request.headers['sec-fetch-mode'] !== 'navigate') {
    throw new HostRefused('The request comes from a page of another site');
  }
  const { origin } = request.headers;
  if (origin === undefined || origin === 'null') return;
  const originHost = URL.canParse(origin) ? new URL(origin).host : '';
  if (originHost !== request.headers.host?.toLowerCase()) {
    throw new HostRefused(
      'The Origin header names another server than the Host header, which a proxy passes on with its port',
    );
  }
}
