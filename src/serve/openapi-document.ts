/** The OpenAPI document of routes: they are given to an app that answers nobody, beside what describes an app's routes. */
import swagger from '@fastify/swagger';
import { fastify, type RouteOptions } from 'fastify';
import { DESCRIPTION, VERSION } from '../base/version.ts';
import { ERROR_ANSWER, type JsonSchema } from './answer-schemas.ts';

/** A route as the document needs it; HEAD is a route of its own. */
export type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema'>;

export async function openApiDocument(routes: readonly DocumentedRoute[]): Promise<object> {
  const app = fastify({ logger: false, exposeHeadRoutes: false });
  // Nothing is asked of it: compiling the schemas would take longer than all the rest.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Logstead', description: DESCRIPTION, version: VERSION },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
  });
  for (const { method, url, schema } of routes) {
    app.route({ method, url, schema: withFailures(schema), handler: () => null });
  }
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

function withFailures(schema: RouteOptions['schema']): NonNullable<RouteOptions['schema']> {
  const answered = schema?.response as Record<string, JsonSchema> | undefined;
  if (answered === undefined) return schema ?? {};
  const failed = { description: 'What is wrong, and what to do', ...ERROR_ANSWER };
  return { ...schema, response: { ...answered, '4xx': failed, '5xx': failed } };
}
