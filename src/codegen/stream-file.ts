import {
  type EnumModel,
  type Field,
  type Include,
  kebabCase,
  type SchemaModel,
  type StreamModel,
  screamingSnakeCase,
  snakeCase,
} from '../model/index.js';
import {
  enumNamesOf,
  enumNumbers,
  type FieldLock,
  fieldNameOf,
  fieldNumbers,
  fileNameOf,
  GENERATED_HEADER,
  namesOf,
  orderValueName,
  propertyOf,
  streamOrders,
} from '../proto/index.js';

interface CodeContext {
  readonly schema: SchemaModel;
  readonly packageName: string;
  readonly lock: FieldLock;
}

/** `BookOrder` → `book-order.stream.ts`. */
export function streamFileName(model: Pick<StreamModel, 'name' | 'api'>): string {
  return `${kebabCase(namesOf(model).message)}.stream.ts`;
}

/** `BookOrder` → `bookOrderStreamService`. */
export function serviceFunctionName(model: Pick<StreamModel, 'name' | 'api'>): string {
  return `${messageProperty(model)}StreamService`;
}

/** `BookOrder` → `bookOrder`. */
function messageProperty(model: Pick<StreamModel, 'name' | 'api'>): string {
  const { message } = namesOf(model);
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** The import of a model's messages from the generated folder. */
export function codecImport(model: Pick<StreamModel, 'name' | 'api'>, packageName: string): string {
  return `./${packageName.replaceAll('.', '/')}/v1/${fileNameOf(model)}.js`;
}

/** The generated file of one model: how its rows are read and encoded, and the service that streams them. */
export function streamFile(model: StreamModel, context: CodeContext): string {
  const names = namesOf(model);
  const definition = `${names.service}Definition`;
  const constant = modelConstant(model);
  return `${GENERATED_HEADER}
import { defineModel, type RowReader, type StreamService, type StreamServiceOptions, streamService } from 'grpc-stream/runtime';
import { ${definition} } from '${codecImport(model, context.packageName)}';
${includeImports(model)}
/** How rows of ${model.name} are read and encoded. */
export const ${constant} = defineModel({
  name: '${model.name}',
  delegate: '${model.delegate}',
  provider: '${context.schema.provider}',
  table: ${quoted(model.table)},${model.schema === undefined ? '' : `\n  schema: ${quoted(model.schema)},`}
  key: [${model.key.fields.map((field) => `'${field}'`).join(', ')}],
  orders: {
${orderLines(model, context)}
  },
  fields: [
${fieldLines(model, context)}
  ],${hiddenLines(model, context)}
});

/** Streams ${model.name}. */
export function ${serviceFunctionName(model)}(
  options: StreamServiceOptions<{ readonly ${model.delegate}: RowReader }>,
): StreamService {
  return streamService(
    {
      definition: ${definition},
      model: ${constant},
      rows: '${names.streamRows.property}',
      batches: '${names.streamBatches.property}',
      partitions: '${names.partitionTable.property}',
    },
    options,
  );
}
`;
}

function includeImports({ includes }: StreamModel): string {
  const imports = includes.map(includedModel).map((model) => {
    return `import { ${modelConstant(model)} } from './${streamFileName(model).replace(/\.ts$/, '.js')}';\n`;
  });
  return [...new Set(imports)].sort().join('');
}

function includedModel({ model, modelApi }: Include): Pick<StreamModel, 'name' | 'api'> {
  return { name: model, ...(modelApi ? { api: modelApi } : {}) };
}

/** `BookOrder` → `bookOrderModel`. */
function modelConstant(model: Pick<StreamModel, 'name' | 'api'>): string {
  return `${messageProperty(model)}Model`;
}

function includeEntries(include: Include, number: number): Property[] {
  return [
    ...nameEntries(include),
    `number: ${number}`,
    "type: 'row'",
    `row: ${modelConstant(includedModel(include))}`,
    ...(include.list ? ['list: true'] : ['optional: true']),
  ];
}

/** The name in Prisma, and those in messages and in the proto where they are not what follows from it. */
function nameEntries(field: Pick<Field, 'name' | 'apiName'> & { readonly column?: string }): Property[] {
  const { name, column = name } = field;
  const property = propertyOf(field);
  return [
    `name: '${name}'`,
    ...(column === name ? [] : [`column: ${quoted(column)}`]),
    ...(property === name ? [] : [`property: '${property}'`]),
    ...(fieldNameOf(field) === snakeCase(name) ? [] : [`apiName: '${fieldNameOf(field)}'`]),
  ];
}

function orderLines(model: StreamModel, { schema }: CodeContext): string {
  const orders = streamOrders(model, schema.provider).map(({ name, columns }) => {
    const fields = columns.map(({ field, direction }) => `'${direction === 'desc' ? `${field} desc` : field}'`);
    return `    ${orderValueName(model, name)}: [${fields.join(', ')}],`;
  });
  return orders.join('\n');
}

function fieldLines(model: StreamModel, context: CodeContext): string {
  const numbers = fieldNumbers(model, context.lock);
  const numberOf = ({ name }: Field | Include) => numbers.get(name) ?? 0;
  return [
    ...model.fields.map((field) => fieldEntries(field, numberOf(field), context)),
    ...model.includes.map((include) => includeEntries(include, numberOf(include))),
  ]
    .map((properties) => `    ${objectLiteral(properties, 4)},`)
    .join('\n');
}

/** Columns that are never sent; the scopes of hooks may use them. */
function hiddenLines({ omitted }: StreamModel, context: CodeContext): string {
  const columns = omitted.filter(({ list }) => !list);
  if (columns.length === 0) return '';
  const lines = columns.map((field) => `    ${objectLiteral(fieldEntries(field, 0, context), 4)},`);
  return `\n  hidden: [\n${lines.join('\n')}\n  ],`;
}

function fieldEntries(field: Field, number: number, context: CodeContext): Property[] {
  return [
    ...nameEntries(field),
    `number: ${number}`,
    ...typeEntries(field, context),
    ...(field.nativeType === undefined ? [] : [`native: ${quoted(nativeOf(field.nativeType))}`]),
    ...(field.list ? ['list: true'] : []),
    ...(field.optional ? ['optional: true'] : []),
  ];
}

function typeEntries({ type }: Field, { schema, lock }: CodeContext): Property[] {
  if (type.kind === 'scalar') return [`type: '${type.scalar}'`];
  const model = schema.enums.find(({ name }) => name === type.enum);
  const values = model ? inDatabaseOrder(model, schema, lock) : [];
  const renamed = model?.values.filter(({ name, stored }) => name !== stored) ?? [];
  const stored = renamed.map((value) => `${value.name}: ${quoted(value.stored)}`);
  const spelled = model?.values.flatMap((value) => apiNameEntry(value)) ?? [];
  return [
    "type: 'enum'",
    `prefix: '${enumNamesOf({ name: type.enum, api: type.api }).prefix}'`,
    { name: 'values', properties: values },
    ...(spelled.length > 0 ? [{ name: 'apiNames', properties: spelled }] : []),
    ...(stored.length > 0 ? [{ name: 'stored', properties: stored }] : []),
  ];
}

/** The name of a value in the proto, without what all begin with, where it does not follow from Prisma's. */
function apiNameEntry({ name, apiName = screamingSnakeCase(name) }: EnumModel['values'][number]): string[] {
  return apiName === screamingSnakeCase(name) ? [] : [`${name}: '${apiName}'`];
}

/** Of a time's type, the precision matters. */
function nativeOf(type: string): string {
  return /^(Date|Time)/.test(type) ? type : type.replace(/\(.*/, '');
}

/** A stream continues after an enum's value in the order that the database sorts it in: SQLite sorts it as text. */
function inDatabaseOrder(model: EnumModel, { provider }: SchemaModel, lock: FieldLock): string[] {
  const numbers = enumNumbers(model, lock);
  const values =
    provider === 'sqlite' ? [...model.values].sort((a, b) => (a.stored < b.stored ? -1 : 1)) : model.values;
  return values.map(({ name }) => `${name}: ${numbers.get(name) ?? 0}`);
}

/** Names in a database may contain any character, ends of lines among them. */
function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`)}'`;
}

/** A longer object gets a line per property. */
const LINE_WIDTH = 100;

/** A property as code, such as `name: 'id'`, or a name with the properties of a nested object. */
type Property = string | { readonly name: string; readonly properties: readonly string[] };

/**
 * An object as code: on one line where it fits, otherwise with a line per property.
 *
 * @param indent Spaces at the beginning of its first line.
 * @param before Characters between those and its first brace.
 */
export function objectLiteral(properties: readonly Property[], indent: number, before = 0): string {
  const line = `{ ${properties.map((property) => propertyText(property, undefined)).join(', ')} }`;
  if (indent + before + line.length < LINE_WIDTH) return line;
  const inner = indent + 2;
  const lines = properties.map((property) => `${' '.repeat(inner)}${propertyText(property, inner)},\n`);
  return `{\n${lines.join('')}${' '.repeat(indent)}}`;
}

/** On one line when no indent is given. */
function propertyText(property: Property, indent: number | undefined): string {
  if (typeof property === 'string') return property;
  const { name, properties } = property;
  const value =
    indent === undefined ? `{ ${properties.join(', ')} }` : objectLiteral(properties, indent, name.length + 2);
  return `${name}: ${value}`;
}
