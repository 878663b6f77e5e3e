/** `GET /api/openapi.json`: the OpenAPI document, made of the schemas that the routes themselves are checked with. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { DESCRIPTION, VERSION } from '../base/version.ts';
import { ERROR_ANSWER, type JsonSchema } from './answer-schemas.ts';

/** Before any route is added. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    const schema = (route.schema ?? {}) as { response?: Record<string, JsonSchema> };
    if (schema.response === undefined) return;
    const failed = { description: 'What is wrong, and what to do', ...ERROR_ANSWER };
    route.schema = { ...schema, response: { ...schema.response, '4xx': failed, '5xx': failed } };
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Logstead', description: DESCRIPTION, version: VERSION },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
