/**
 * The scripts of the page as one. A browser that is given them one by one finds the next ones only in those that it has, six at a
 * time: on a slow network that took five of the seven seconds until there was a list.
 *
 * Nothing is translated: each file becomes the body of a function that gives what the file exports, and stands behind those that it imports.
 * A file imports names from files beside it and exports what it declares, which is all that this understands.
 */
import { assert } from '../base/assert.ts';

const IMPORT = /^import \{([^}]*)\} from '\.\/([\w-]+)\.js';$/gm;
const EXPORT = /^export ((?:async )?function|class|const) (\w+)/gm;
const LEFT_OVER = /^(?:import|export)\b.*/m;

/** `read`: the text of `NAME.js`. */
export async function joinedScript(
  first: string,
  read: (name: string) => Promise<string>,
): Promise<string> {
  const parts: string[] = [];
  const seen = new Set<string>();
  const add = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = await read(name);
    for (const [, , imported] of text.matchAll(IMPORT)) await add(imported!);
    parts.push(partOf(name, text));
  };
  await add(first);
  return parts.join('');
}

function partOf(name: string, text: string): string {
  const exported = [...text.matchAll(EXPORT)].map(([, , declared]) => declared!);
  const body = text
    .replaceAll(
      IMPORT,
      (_, names: string, from: string) => `const {${names}} = ${variableOf(from)};`,
    )
    .replaceAll(EXPORT, '$1 $2');
  assert(!LEFT_OVER.test(body), `every import and export of ${name}.js is understood`);
  return `/* ${name}.js */\nconst ${variableOf(name)} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();\n`;
}

/** No name in a script begins so. */
const variableOf = (name: string): string => `$${name.replaceAll('-', '_')}`;
