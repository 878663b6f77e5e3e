/**
 * Imports without the search that Node makes for each: the name says where the file is and what it is.
 *
 * Node looks for the real path, the nearest package.json and the format of every module, and of its own modules it reads
 * every export, also those that load others when somebody looks at them (`fs.promises`, `util.TextDecoder`): together
 * half the time in which a search starts.
 */
import { registerHooks } from 'node:module';

type Resolved = Readonly<{ url: string; format?: string; shortCircuit: true }>;

/**
 * Commander can start subcommands that are programs of their own, and ours are none; and it looks at `process` through a
 * module that loads whatever hangs on it. Of the others it takes what stands here.
 */
export const FOR_COMMANDER: ReadonlyMap<string, string> = new Map([
  ['node:child_process', 'export default {}'],
  ['node:process', 'export default process'],
  ['node:fs', "export default process.getBuiltinModule('node:fs')"],
  [
    'node:util',
    "export const { stripVTControlCharacters } = process.getBuiltinModule('node:util')",
  ],
]);

/** Packages that a search loads. A test compares with what they say of themselves. */
export const PACKAGES: readonly (readonly [name: string, file: string, format: string])[] = [
  ['commander', 'commander/index.js', 'module'],
  ['ini', 'ini/lib/ini.js', 'commonjs'],
];

export function importQuickly(): void {
  const packages = findPackages();
  // Which exports load something was looked at for this version, and tests hold our imports against it.
  const plainFs = process.version.startsWith('v24.') ? plainModule('node:fs') : null;
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL, conditions } = context;
      if (parentURL === undefined || conditions.includes('require')) {
        return next(specifier, context);
      }
      const isOwn = !parentURL.includes('/node_modules/');
      if (specifier.startsWith('node:')) {
        const text = parentURL.includes('/node_modules/commander/')
          ? FOR_COMMANDER.get(specifier)
          : undefined;
        if (text !== undefined) return resolved(moduleOf(text));
        const isPlain = isOwn && plainFs !== null && specifier === 'node:fs';
        return isPlain ? plainFs : resolved(specifier, 'builtin');
      }
      // Packages have links, conditions and formats of their own.
      if (!isOwn) return next(specifier, context);
      const format = specifier.startsWith('.') ? formatOf(specifier) : null;
      if (format !== null) return resolved(new URL(specifier, parentURL).href, format);
      return packages.get(specifier) ?? next(specifier, context);
    },
  });
}

function resolved(url: string, format?: string): Resolved {
  return { url, ...(format === undefined ? {} : { format }), shortCircuit: true };
}

/** Clones run the sources, packages what was compiled of them. */
function formatOf(specifier: string): string | null {
  if (specifier.endsWith('.ts')) return 'module-typescript';
  return specifier.endsWith('.js') ? 'module' : null;
}

/** Where they lie as in a clone; npm may put them elsewhere. */
function findPackages(): Map<string, Resolved> {
  const found = new Map<string, Resolved>();
  // Imported, it would load what the hook is there to spare.
  const { existsSync } = process.getBuiltinModule('node:fs');
  for (const [name, file, format] of PACKAGES) {
    const url = new URL(`../../node_modules/${file}`, import.meta.url);
    if (existsSync(url)) found.set(name, resolved(url.href, format));
  }
  return found;
}

/** One of Node's modules with the exports that load nothing. */
function plainModule(name: 'node:fs'): Resolved {
  const all = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(name)));
  const names = all.filter(([, { get }]) => get === undefined).map(([own]) => own);
  return resolved(
    moduleOf(
      `const all = process.getBuiltinModule('${name}');export default all;export const { ${names.join()} } = all`,
    ),
  );
}

function moduleOf(text: string): string {
  return `data:text/javascript,${text}`;
}
