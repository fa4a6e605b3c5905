import type { StreamModel } from '../model/index.js';
import {
  namesOf,
  type ProtoFile,
  type ProtoMessage,
  type ProtoService,
  propertyOf,
  type RpcNames,
  SHARED_NAMES,
  typeNameOf,
} from '../proto/index.js';
import { HELPERS } from './ts-proto-text.js';

/**
 * The code of a model's service: the types and codecs of its requests and responses, and its definition. Services differ in their rows, keys,
 * orders and filtered columns alone: what they have in common stands once, in the runtime.
 */
export function serviceCode(model: StreamModel, file: ProtoFile): string {
  const filter = file.messages.find(({ name }) => name === namesOf(model).filter);
  return [
    ...importsOf(filter),
    ...typesOf(model, filter),
    codecsOf(model, file, filter),
    ...file.services.map((service) => definitionOf(service, model, file.package)),
  ].join('\n');
}

function importsOf(filter: ProtoMessage | undefined): string[] {
  const conditions = [...new Set(columnsOf(filter).map(({ type }) => type))];
  const shared = conditions.filter((type) => SHARED_NAMES.includes(type));
  const ofEnums = conditions.filter((type) => !SHARED_NAMES.includes(type));
  return [
    // A namespace, since a model may have the name of any type.
    `import type * as runtime from '${HELPERS}';`,
    `import { streamMessages, MessageFns } from '${HELPERS}';`,
    `import { ${['Consistency', ...shared].join(', ')} } from './streaming.js';`,
    ...(ofEnums.length > 0 ? [`import { ${ofEnums.join(', ')} } from './enums.js';`] : []),
  ];
}

/** The fields of a filter, except those that combine filters. */
function columnsOf(filter: ProtoMessage | undefined): ProtoMessage['fields'] {
  return filter?.fields.filter(({ type }) => type !== filter.name) ?? [];
}

function typesOf(model: StreamModel, filter: ProtoMessage | undefined): string[] {
  const { message, key, order, partition, streamRows, streamBatches, partitionTable, ...names } = namesOf(model);
  const columns = columnsOf(filter).map(({ name, type }) => `${propertyOf({ name, apiName: name })}: ${type} | null,`);
  const request = `<${names.filter}, ${order}, ${key}, Consistency>`;
  return [
    `/** Which rows of ${message} to send: everything that is set must hold. */`,
    `export interface ${names.filter} {`,
    ...columns,
    `and: ${names.filter}[],`,
    `or: ${names.filter}[],`,
    `not: ${names.filter} | null,`,
    '}',
    '/** A part of the table that streams on its own: a range of its key. */',
    `export type ${partition} = runtime.KeyRange<${key}>;`,
    `export type ${streamRows.request} = runtime.RowsRequest${request};`,
    `export type ${streamBatches.request} = runtime.BatchesRequest${request};`,
    `export interface ${streamBatches.response} { ${batchProperty(model)}: ${typeNameOf(message)}[] }`,
    `export type ${partitionTable.request} = runtime.PartitionsRequest<${names.filter}>;`,
    `export interface ${partitionTable.response} { partitions: ${partition}[] }`,
  ];
}

function batchProperty(model: StreamModel): string {
  const { batchField } = namesOf(model);
  return propertyOf({ name: batchField, apiName: batchField });
}

function codecsOf(model: StreamModel, { enums }: ProtoFile, filter: ProtoMessage | undefined): string {
  const { message, key, order, partition, streamRows, streamBatches, partitionTable, ...names } = namesOf(model);
  const numbers = enums.find(({ name }) => name === order)?.values.map(({ number }) => number) ?? [];
  const columns = columnsOf(filter).map(
    ({ name, number, type }) => `['${propertyOf({ name, apiName: name })}', ${number}, ${type}],\n`,
  );
  const codec = (type: string, role: string) => `export const ${type}: MessageFns<${type}> = messages.${role}();`;
  return [
    'const messages = streamMessages({',
    `row: ${typeNameOf(message)},`,
    `key: ${key},`,
    `order: ${order},`,
    `orderNumbers: [${numbers.join(', ')}],`,
    `batch: '${batchProperty(model)}',`,
    `filter: [\n${columns.join('')}],`,
    '});',
    codec(names.filter, 'filter'),
    codec(partition, 'partition'),
    codec(streamRows.request, 'rowsRequest'),
    codec(streamBatches.request, 'batchesRequest'),
    codec(streamBatches.response, 'batch'),
    codec(partitionTable.request, 'partitionsRequest'),
    codec(partitionTable.response, 'partitions'),
  ].join('\n');
}

/** In the form of ts-proto's generic definitions, which other implementations of gRPC take. */
function definitionOf({ name, comment, methods }: ProtoService, model: StreamModel, packageName: string): string {
  const { streamRows, streamBatches, partitionTable } = namesOf(model);
  const properties = new Map(
    [streamRows, streamBatches, partitionTable].map(({ method, property }: RpcNames) => [method, property]),
  );
  const lines = methods.flatMap((method) => [
    `/** ${commentText(method.comment)} */`,
    `${properties.get(method.name)}: {`,
    `name: '${method.name}',`,
    `requestType: ${typeNameOf(method.request)},`,
    'requestStream: false,',
    `responseType: ${typeNameOf(method.response)},`,
    `responseStream: ${method.streams},`,
    'options: {},',
    '},',
  ]);
  return [
    `/** ${commentText(comment)} */`,
    `export type ${name}Definition = typeof ${name}Definition;`,
    `export const ${name}Definition = {`,
    `name: '${name}',`,
    `fullName: '${packageName}.${name}',`,
    'methods: {',
    ...lines,
    '},',
    '} as const;',
  ].join('\n');
}

/** Names in a database may contain anything, also what ends a comment. */
function commentText(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('*/', '*\\/');
}
