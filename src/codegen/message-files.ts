import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type FileDescriptorProto,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { InternalError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import {
  type DescriptorShape,
  describedFile,
  GENERATED_HEADER,
  type ModelFile,
  namesOf,
  type ProtoFile,
  type ProtoMessage,
  printProto,
  propertyOf,
  typeNameOf,
} from '../proto/index.js';
import { assertSameNames } from './assert-same-names.js';
import { type CodePart, codePath, openTsProto } from './ts-proto.js';
import { adoptTsProto, HELPERS } from './ts-proto-text.js';

/** Raised whenever the text of the same protos changes: files of an earlier form are made again. A test tells when. */
export const FORM = 1;

/** The code of earlier generations, by path: what is unchanged is taken from here. */
export type CodeCache = Map<string, string>;

interface MessageFilesOptions {
  /** The models, each with its file. */
  readonly models: readonly ModelFile[];
  /** The other files. */
  readonly shared: readonly ProtoFile[];
  readonly cache?: CodeCache;
}

/** Every file of `google.protobuf` that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];

/** Files whose code is made together: what ts-proto keeps in memory grows with them. */
const GROUP = 100;

/**
 * Generates the messages, encoders and decoders of proto files with ts-proto, from descriptors and without `protoc`.
 *
 * @returns Texts by path.
 * @throws CodegenError when ts-proto is not the one that is known here, or gives a name that is not the one that the handlers use.
 */
export async function messageFiles({
  models,
  shared,
  cache = new Map(),
}: MessageFilesOptions): Promise<Map<string, string>> {
  const sources = sourcesOf(models, shared);
  const texts = new Map<string, string>();
  const stale: Source[] = [];
  for (const source of sources) {
    const known = cache.get(source.path);
    if (known !== undefined && isCurrent(known, source.content)) texts.set(source.path, known);
    else stale.push(source);
  }
  const byPath = new Map(sources.map((source) => [source.name, source]));
  for (let from = 0; from < stale.length; from += GROUP) {
    // Ctrl-C is heard between them.
    await setImmediate();
    const group = stale.slice(from, from + GROUP);
    const tsProto = openTsProto(withImports(group, byPath));
    for (const source of group) {
      const body = adoptTsProto(tsProto.codeOf(source.parts(), source.helpers), source.path);
      source.check?.(body);
      texts.set(source.path, withHeader(body, source.content));
    }
  }
  for (const [path, text] of texts) cache.set(path, text);
  return new Map(sources.map(({ path }) => [path, texts.get(path) ?? '']));
}

/** A proto file whose code is needed. */
interface Source {
  /** The path of the proto. */
  readonly name: string;
  /** The path of the code. */
  readonly path: string;
  /** Identifies what the code is made from: equal contents have equal code. */
  readonly content: string;
  readonly imports: readonly string[];
  readonly descriptor: () => DescriptorShape;
  readonly parts: () => readonly (CodePart | string)[];
  readonly helpers?: string;
  readonly check?: (code: string) => void;
}

function sourcesOf(models: readonly ModelFile[], shared: readonly ProtoFile[]): Source[] {
  const zeros = new Map(shared.flatMap(({ enums }) => enums.map(({ name, values }) => [name, values[0]?.name ?? ''])));
  const all = [...shared, ...models.map(({ file }) => file)];
  const imported = wellKnownFiles.filter(
    ({ name }) =>
      name !== file_google_protobuf_field_mask.proto.name && all.some(({ imports }) => imports.includes(name)),
  );
  return [
    ...imported.map(wellKnownSource),
    ...shared.map((file) => ({ ...sourceOf(file, zeros), parts: () => [{ file: describedFile(file) }] })),
    ...models.map(({ model, file }) => ({
      ...sourceOf(file, zeros),
      parts: () => modelParts(model, file),
      check: (code: string) => assertSameNames(code, model, file),
    })),
  ];
}

function wellKnownSource(file: FileDescriptorProto): Source {
  return {
    name: file.name,
    path: codePath(file.name),
    content: digestOf([file.name]),
    imports: file.dependency,
    descriptor: () => file,
    parts: () => [{ file }],
  };
}

function sourceOf(file: ProtoFile, zeros: ReadonlyMap<string, string>) {
  // Of what a file imports, its code has only names, and the value that an enum has at first.
  const types = new Set(file.messages.flatMap(({ fields }) => fields.map(({ type }) => type)));
  return {
    name: file.path,
    path: codePath(file.path),
    content: digestOf([printProto(file), ...[...types].map((type) => zeros.get(type) ?? '')]),
    imports: file.imports,
    descriptor: () => describedFile(file),
    helpers: HELPERS,
  };
}

/** The row and its key have code of their own; that of the other messages is shared by all models, and differs in what is said here. */
function modelParts(model: StreamModel, file: ProtoFile): (CodePart | string)[] {
  const { services, messages, enums } = file;
  const part = (members: Partial<ProtoFile>) =>
    describedFile({ ...file, services: [], messages: [], enums: [], ...members });
  const shared = messages.filter(({ isShared }) => isShared).map(withoutExplanations);
  return [
    { file: part({ messages: messages.filter(({ isShared }) => !isShared).map(inShort) }) },
    { file: part({ messages: shared, enums }), isTypesOnly: true },
    sharedCodecs(model, file),
    { file: part({ services }) },
  ];
}

/** The first line of a message's comment; the proto has the others, too. */
function inShort(message: ProtoMessage, index: number): ProtoMessage {
  return index === 0 ? message : { ...message, comment: message.comment.split('\n', 1).join('') };
}

/** What the fields of a request mean is said in the proto of each model, and in TypeScript once for all: `RequestFields` of the client. */
function withoutExplanations(message: ProtoMessage): ProtoMessage {
  return { ...message, fields: message.fields.map((field) => ({ ...field, comment: '' })) };
}

function sharedCodecs(model: StreamModel, { messages, enums }: ProtoFile): string {
  const { message, key, order, batchField, ...names } = namesOf(model);
  const filter = messages.find(({ name }) => name === names.filter);
  const numbers = enums.find(({ name }) => name === order)?.values.map(({ number }) => number) ?? [];
  const types = {
    filter: names.filter,
    partition: names.partition,
    rowsRequest: names.streamRows.request,
    batchesRequest: names.streamBatches.request,
    batch: names.streamBatches.response,
    partitionsRequest: names.partitionTable.request,
    partitions: names.partitionTable.response,
  };
  return `import { streamMessages } from '${HELPERS}';
const messages = streamMessages({
row: ${typeNameOf(message)},
key: ${key},
order: ${order},
orderNumbers: [${numbers.join(', ')}],
batch: '${propertyOf({ name: batchField, apiName: batchField })}',
filter: [
${filter ? filterLines(filter) : ''}
],
});
${Object.entries(types)
  .map(([role, type]) => `export const ${type}: MessageFns<${type}> = messages.${role}();`)
  .join('\n')}`;
}

function filterLines({ name: own, fields }: ProtoMessage): string {
  const columns = fields.filter(({ type }) => type !== own);
  return columns
    .map(({ name, number, type }) => `['${propertyOf({ name, apiName: name })}', ${number}, ${type}],`)
    .join('\n');
}

/** The files and everything that they import, each once. */
function withImports(wanted: readonly Source[], all: ReadonlyMap<string, Source>): DescriptorShape[] {
  const found = new Map<string, DescriptorShape>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    const source = all.get(name);
    const descriptor = source?.descriptor() ?? wellKnownFiles.find((file) => file.name === name);
    if (!descriptor) throw new InternalError(`no proto file ${name}`);
    found.set(name, descriptor);
    for (const dependency of descriptor.dependency ?? []) visit(dependency);
  };
  for (const { name } of wanted) visit(name);
  return [...found.values()];
}

const CONTENT = '// content';

/** The second line tells what the file was made from, and whether it is as it was made: then it need not be made again. */
function withHeader(body: string, content: string): string {
  return `${GENERATED_HEADER}\n${CONTENT} ${content}-${digestOf([body])}\n${body}`;
}

function isCurrent(text: string, content: string): boolean {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const [header, line = ''] = lines;
  return header === GENERATED_HEADER && line === `${CONTENT} ${content}-${digestOf([lines.slice(2).join('\n')])}`;
}

function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(String(FORM));
  for (const part of parts) hash.update('\0').update(part);
  return hash.digest('base64url').slice(0, 22);
}
