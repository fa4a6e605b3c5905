import type { DatabaseProvider, Field, ScalarType, SchemaModel, StreamModel } from '../model/index.js';
import { fieldNameOf, GENERATED_HEADER, namesOf, propertyOf, streamOrders } from '../proto/index.js';
import { codecImport, objectLiteral } from './stream-file.js';

/** The generated file with a typed client for every service. */
export function clientFile(schema: SchemaModel, packageName: string): string {
  const imports = schema.models.map(
    (model) => `import { ${namesOf(model).service}Definition } from '${codecImport(model, packageName)}';`,
  );
  return `${GENERATED_HEADER}
import { type ChannelOptions, connect, modelClient } from 'grpc-stream/client';
${imports.sort().join('\n')}

/**
 * Typed clients of every service over one connection. \`stream\` resumes by itself when it breaks; the other methods are one call each.
 *
 * @param address Such as \`localhost:50051\`.
 */
export function createClients(address: string, options?: ChannelOptions) {
  const connection = connect(address, options);
  return {
${schema.models.map((model) => client(model, schema)).join('\n')}
    /** Ends the connection, and with it every stream over it. */
    close: () => connection.channel.close(),
  };
}
`;
}

function client(model: StreamModel, { provider }: SchemaModel): string {
  const { key, ...names } = clientFacts(model, provider);
  const columns = Object.entries(key).map(([column, { type, optional }]) => {
    // Of a property that all objects have, TypeScript expects what that is, and takes any text for the type.
    const literal = column in Object.prototype ? `'${type}' as const` : `'${type}'`;
    return `${column}: { type: ${literal}${optional ? ', optional: true' : ''} }`;
  });
  const facts = objectLiteral(
    [
      `definition: ${namesOf(model).service}Definition`,
      ...Object.entries(names).map(([name, value]) => `${name}: '${value}'`),
      { name: 'key', properties: columns },
      `fields: [${[...model.fields, ...model.includes].map((field) => `'${fieldNameOf(field)}'`).join(', ')}]`,
    ],
    4,
  );
  return `    ${clientProperty(model)}: modelClient(${facts}, connection),`;
}

/** The client of a model has the name of Prisma's, except one that is named as what ends them all. */
function clientProperty({ delegate, ...model }: StreamModel): string {
  return delegate === 'close' ? propertyOf({ name: namesOf(model).message }) : delegate;
}

/** The names that a client needs of a model's service, as ts-proto spells them, and the columns of a row's position. */
interface ClientFacts {
  readonly rows: string;
  readonly batches: string;
  readonly batchField: string;
  readonly partitions: string;
  /** The columns of the key, and those of the other orders. */
  readonly key: Readonly<Record<string, { readonly type: ScalarType | 'enum'; readonly optional?: true }>>;
}

export function clientFacts(model: StreamModel, provider: DatabaseProvider): ClientFacts {
  const { streamRows, streamBatches, partitionTable, batchField } = namesOf(model);
  return {
    rows: streamRows.property,
    batches: streamBatches.property,
    batchField: propertyOf({ name: batchField, apiName: batchField }),
    partitions: partitionTable.property,
    key: Object.fromEntries(positionColumns(model, provider)),
  };
}

function positionColumns(model: StreamModel, provider: DatabaseProvider) {
  const ordering = streamOrders(model, provider).flatMap(({ columns }) => columns.map(({ field }) => field));
  const names = [...new Set([...model.key.fields, ...ordering])];
  return names
    .flatMap((name) => model.fields.filter((field) => field.name === name))
    .map((field) => {
      const isKey = model.key.fields.includes(field.name);
      return [propertyOf(field), { type: typeOf(field), ...(isKey ? {} : { optional: true as const }) }] as const;
    });
}

function typeOf({ type }: Field): ScalarType | 'enum' {
  return type.kind === 'scalar' ? type.scalar : 'enum';
}
