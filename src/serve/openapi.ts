/**
 * `GET /api/openapi.json`: the OpenAPI document, made of the schemas that the routes themselves are checked with.
 *
 * It is made when somebody first asks for it: that takes a hundred modules, and few daemons are ever asked.
 */
import type { FastifyInstance } from 'fastify';
import type { DocumentedRoute } from './openapi-document.ts';

/** Before any route is added. */
export function addOpenApi(app: FastifyInstance): void {
  const routes: DocumentedRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    routes.push({ method, url, ...(schema === undefined ? {} : { schema }) });
  });
  let document: Promise<object> | null = null;
  app.get('/api/openapi.json', { schema: { hide: true } }, () => {
    document ??= makeDocument(routes).catch((cause) => {
      // It may be made for the next who asks.
      document = null;
      throw cause;
    });
    return document;
  });
}

async function makeDocument(routes: readonly DocumentedRoute[]): Promise<object> {
  const { openApiDocument } = await import('./openapi-document.ts');
  return openApiDocument(routes);
}
