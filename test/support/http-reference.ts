/**
 * The part of `src/serve/HTTP.md` that is made from the OpenAPI document, which is made from the schemas that requests are checked
 * with: each route with its parameters, limits and answer.
 */
const BEGIN = '<!-- routes: written by test/support/write-documents.ts -->\n';
const END = '<!-- end of routes -->\n';

type Schema = Readonly<{
  type?: string | readonly string[];
  format?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}>;
type Content = Readonly<Record<string, Readonly<{ schema?: Schema }>>>;
type Parameter = Readonly<{
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}>;
type Operation = Readonly<{
  summary?: string;
  parameters?: readonly Parameter[];
  requestBody?: Readonly<{ content?: Content }>;
  responses: Readonly<Record<string, Readonly<{ content?: Content }>>>;
}>;
type OpenApi = Readonly<{
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>;

/** The page with its routes as the document, an OpenAPI document of ours, says; null where it has no place for them. */
export function withRoutes(page: string, document: unknown): string | null {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) return null;
  return `${page.slice(0, begin + BEGIN.length)}\n${routes(document as OpenApi)}\n${page.slice(end)}`;
}

function routes({ paths }: OpenApi): string {
  return Object.entries(paths)
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => route(path, method, operation)),
    )
    .join('\n');
}

function route(path: string, method: string, operation: Operation): string {
  const { summary = '', parameters = [], requestBody, responses } = operation;
  let text = `### \`${method.toUpperCase()} ${path}\`\n\n${summary}.\n\n`;
  if (parameters.length > 0) {
    text += '| parameter | what it is | allowed |\n| --- | --- | --- |\n';
    for (const parameter of parameters) text += parameterRow(parameter);
    text += '\n';
  }
  const body = schemaIn(requestBody?.content);
  if (body !== undefined) text += `Sent as JSON:\n\n${block(body)}\n`;
  const content = responses['200']?.content ?? {};
  const answer = schemaIn(content);
  const types = Object.keys(content);
  const isJsonOnly = types.every((type) => type === 'application/json');
  if (!isJsonOnly) text += `Answered as ${types.map((type) => `\`${type}\``).join(', ')}.\n`;
  if (answer !== undefined) text += `${isJsonOnly ? 'Answered' : '\nAs JSON'}:\n\n${block(answer)}`;
  return text;
}

function parameterRow({ name, in: place, required, description, schema }: Parameter): string {
  const told = description ?? schema.description ?? '';
  const where = place === 'path' ? 'in the path' : '';
  const need = required && place !== 'path' ? 'required' : '';
  const what = [told, where, need].filter((part) => part !== '').join('; ');
  return `| \`${name}\` | ${cell(what)} | ${cell(allowed(schema))} |\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What a parameter may be, in words. */
function allowed(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const { minimum, maximum, maxLength } = schema;
  if (schema.type === 'integer' && maximum !== undefined) {
    return `${minimum ?? 0} to ${maximum.toLocaleString('en-US')}`;
  }
  if (schema.type === 'integer') return `a whole number, from ${minimum ?? 0}`;
  if (schema.type === 'boolean') return '`true`, `false`';
  return maxLength === undefined
    ? 'text'
    : `text, up to ${maxLength.toLocaleString('en-US')} characters`;
}

function schemaIn(content: Content | undefined): Schema | undefined {
  return content?.['application/json']?.schema;
}

function block(schema: Schema): string {
  return `\`\`\`text\n${shape(schema, '')}\n\`\`\`\n`;
}

/** A schema as the value it describes looks. */
function shape(schema: Schema, indent: string): string {
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((option) => shape(option, indent)).join(' or ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  }
  const types = [schema.type ?? 'object'].flat();
  return types.map((type) => shapeOfType(type, schema, indent)).join(' or ');
}

function shapeOfType(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case 'array':
      return schema.items === undefined ? '[ … ]' : `[ ${shape(schema.items, indent)}, … ]`;
    case 'object':
      return shapeOfObject(schema, indent);
    case 'string':
      return schema.format === 'date-time' ? 'time' : 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    default:
      return type;
  }
}

function shapeOfObject(schema: Schema, indent: string): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, property]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${inner}${name}${mark}: ${shape(property, inner)}`;
  });
  if (typeof additionalProperties === 'object') {
    lines.push(`${inner}(name): ${shape(additionalProperties, inner)}`);
  } else if (additionalProperties === true) {
    lines.push(`${inner}…`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}
