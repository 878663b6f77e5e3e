/**
 * The address of another source file of ours, for starting a worker and for loading what is seldom needed: `.ts` in the
 * clone, `.js` in the published package.
 *
 * The compiler rewrites the extensions of imports, not of strings.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** `moduleUrl('./ingest-thread.ts', import.meta.url)`: always written with `.ts`, as imports are. */
export function moduleUrl(path: `${string}.ts`, from: string): URL {
  const compiled = from.endsWith('.js');
  return new URL(compiled ? path.replace(/\.ts$/, '.js') : path, from);
}

/**
 * Load it now, where whoever needs it cannot wait: `loadNow<typeof import('./format.ts')>('./format.ts', import.meta.url)`.
 * For what most runs do without; nothing in it may await at its top.
 */
export function loadNow<Module>(path: `${string}.ts`, from: string): Module {
  return createRequire(from)(fileURLToPath(moduleUrl(path, from))) as Module;
}
