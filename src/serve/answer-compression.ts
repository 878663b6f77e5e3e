/** Answers that are text, compressed for who takes that: two hundred entries are 60 kB, and a tenth of it when compressed. */
import { constants } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { gzip } from '../base/compression.ts';
import { takesEncoding } from './request-headers.ts';

/** What fits into one packet arrives no sooner when it is smaller. */
const CHARACTERS_MIN = 1_400;

/** What is sent piece by piece (downloads, the tail) never comes here; what is compressed already is no text. */
export function addAnswerCompression(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < CHARACTERS_MIN) return payload;
    void reply.header('vary', 'accept-encoding');
    if (!takesEncoding(request.headers['accept-encoding'], 'gzip')) return payload;
    // An answer of megabytes must not keep this thread: it is made in Node's pool, which is quickest at this level.
    const compressed = await gzip(payload, { level: constants.Z_BEST_SPEED });
    void reply.header('content-encoding', 'gzip').removeHeader('content-length');
    return compressed;
  });
}
