/**
 * What checks requests against the schemas of their routes: fastify's own compiler, asked for a route when its first request
 * comes. To compile all of them takes a fifth of a start, and most are never asked.
 *
 * All is text in an address, so "5" stands for a number there. JSON has types: a body is taken as it is.
 */
import { createRequire } from 'node:module';
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler';
import { nextTurn } from '../base/clock.ts';

type Compile = ReturnType<BuildCompilerFromPool>;
type Validate = ReturnType<Compile>;
type Library = Readonly<{ AjvCompiler: () => BuildCompilerFromPool }>;

/** For `schemaController.compilersFactory.buildValidator` of fastify. */
export const buildValidators: BuildCompilerFromPool = (schemas, options) => {
  const compileText = lazyCompiler(schemas, options);
  const customOptions = { ...SCHEMA_OPTIONS, coerceTypes: false } as const;
  const compileBody = lazyCompiler(schemas, { customOptions });
  return (...route) => {
    const { httpPart } = route[0] as Readonly<{ httpPart?: string }>;
    const compile = httpPart === 'body' ? compileBody : compileText;
    let validate: Validate | null = null;
    // As fastify calls it: with the data, and then it looks at `errors`.
    const check = (data: unknown): unknown => {
      validate ??= compile()(...route);
      const isValid = validate(data);
      Object.assign(check, { errors: validate.errors });
      return isValid;
    };
    return check as Validate;
  };
};

function lazyCompiler(...given: Parameters<BuildCompilerFromPool>): () => Compile {
  let compile: Compile | null = null;
  return () => {
    compile ??= loadLibrary().AjvCompiler()(...given);
    return compile;
  };
}

/** Schemas are ours, and seen by tests: to check each of them against the schema of schemas takes 30 ms of the first request. */
export const SCHEMA_OPTIONS = {
  removeAdditional: false,
  coerceTypes: true,
  validateSchema: false,
  meta: false,
} as const;

let prepared: Promise<void> | null = null;

/** Load the library before the first request is checked, piece by piece: at once it keeps the thread from all else for 80 ms, busy machines for 200. */
export function prepareValidators(): Promise<void> {
  prepared ??= loadInPieces();
  return prepared;
}

async function loadInPieces(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  // As the library sees them.
  const require = createRequire(resolve('@fastify/ajv-compiler'));
  for (const piece of ['ajv/dist/compile/codegen', 'ajv/dist/core', 'ajv', 'ajv/dist/jtd']) {
    require(piece);
    await nextTurn();
  }
  loadLibrary();
  await nextTurn();
}

function loadLibrary(): Library {
  return createRequire(import.meta.url)('@fastify/ajv-compiler') as Library;
}
