/**
 * What checks requests against the schemas of their routes: fastify's own compiler, asked for a route when its first request
 * comes. To compile all of them takes a fifth of a start, and most are never asked.
 */
import { createRequire } from 'node:module';
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler';

type Compile = ReturnType<BuildCompilerFromPool>;
type Validate = ReturnType<Compile>;
type Library = Readonly<{ AjvCompiler: () => BuildCompilerFromPool }>;

/** For `schemaController.compilersFactory.buildValidator` of fastify. */
export const buildValidators: BuildCompilerFromPool = (...given) => {
  let compile: Compile | null = null;
  return (...route) => {
    let validate: Validate | null = null;
    // As fastify calls it: with the data, and then it looks at `errors`.
    const check = (data: unknown): unknown => {
      compile ??= loadLibrary().AjvCompiler()(...given);
      validate ??= compile(...route);
      const isValid = validate(data);
      Object.assign(check, { errors: validate.errors });
      return isValid;
    };
    return check as Validate;
  };
};

function loadLibrary(): Library {
  return createRequire(import.meta.url)('@fastify/ajv-compiler') as Library;
}
