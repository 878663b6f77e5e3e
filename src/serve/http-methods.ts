/**
 * A method that a path does not take is refused with those that it does (405), instead of as a path that there is not.
 *
 * Before the body is looked at: a form that is posted where only GET is would else be refused for its type. Behind the
 * guards and the token, as any other request.
 */
import type { FastifyInstance } from 'fastify';

export class MethodRefused extends Error {
  override name = 'MethodRefused';
  readonly allowed: string;

  constructor(what: string, methods: readonly string[]) {
    const allowed = methods.join(', ');
    super(`Cannot answer ${what}: what is there takes ${allowed}`);
    this.allowed = allowed;
  }
}

/** Before any route is added. */
export function addMethodRefusal(app: FastifyInstance): void {
  const routes: Readonly<{ matches: RegExp; methods: readonly string[] }>[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : escaped(part)));
    routes.push({ matches: new RegExp(`^${parts.join('/')}$`), methods: [method].flat() });
  });
  app.addHook('preParsing', async (request) => {
    if (!request.is404) return;
    const path = request.url.split('?')[0]!;
    const found = routes.filter(({ matches }) => matches.test(path));
    if (found.length === 0) return;
    const methods = new Set(found.flatMap((route) => route.methods));
    throw new MethodRefused(`${request.method} ${path}`, [...methods].toSorted());
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
