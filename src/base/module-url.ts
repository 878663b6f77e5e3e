/**
 * The address of another source file of ours, for starting a worker: `.ts` in the clone, `.js` in the published package.
 *
 * The compiler rewrites the extensions of imports, not of strings.
 */

/** `moduleUrl('./ingest-thread.ts', import.meta.url)`: always written with `.ts`, as imports are. */
export function moduleUrl(path: `${string}.ts`, from: string): URL {
  const compiled = from.endsWith('.js');
  return new URL(compiled ? path.replace(/\.ts$/, '.js') : path, from);
}
