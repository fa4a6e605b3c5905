import { setImmediate } from 'node:timers/promises';
import { InternalError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import {
  type DescriptorShape,
  describedFile,
  namesOf,
  type ProtoFile,
  type ProtoMessage,
  propertyOf,
  typeNameOf,
} from '../proto/index.js';
import { assertSameNames } from './assert-same-names.js';
import { wellKnownFiles } from './descriptors-file.js';
import type { MessageSource } from './message-sources.js';
import { type CodePart, openTsProto } from './ts-proto.js';
import { adoptTsProto, HELPERS } from './ts-proto-text.js';

/** Files whose code is made together: what ts-proto keeps in memory grows with them. */
const GROUP = 100;

/**
 * Makes the code of proto files with ts-proto, from descriptors and without `protoc`.
 *
 * @param sources The files to make.
 * @param all These and every other file that they may import.
 * @returns Texts by the path of the code.
 * @throws CodegenError when ts-proto is not the one that is known here, or gives a name that is not the one that the handlers use.
 */
export async function messageCode(
  sources: readonly MessageSource[],
  all: readonly MessageSource[],
): Promise<Map<string, string>> {
  const byName = new Map(all.map((source) => [source.name, source]));
  const texts = new Map<string, string>();
  for (let from = 0; from < sources.length; from += GROUP) {
    // Ctrl-C is heard between them.
    await setImmediate();
    const group = sources.slice(from, from + GROUP);
    const tsProto = openTsProto(withImports(group, byName));
    for (const source of group) {
      const { path, model, file } = source;
      const parts = model && file ? modelParts(model, file) : [{ file: descriptorOf(source) }];
      const text = adoptTsProto(tsProto.codeOf(parts, file && HELPERS), path);
      if (model && file) assertSameNames(text, model, file);
      texts.set(path, text);
    }
  }
  return texts;
}

/** The files and everything that they import, each once. */
function withImports(wanted: readonly MessageSource[], all: ReadonlyMap<string, MessageSource>): DescriptorShape[] {
  const found = new Map<string, DescriptorShape>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    const descriptor = descriptorOf(all.get(name) ?? { name });
    found.set(name, descriptor);
    for (const dependency of descriptor.dependency ?? []) visit(dependency);
  };
  for (const { name } of wanted) visit(name);
  return [...found.values()];
}

function descriptorOf({ name, file }: Pick<MessageSource, 'name' | 'file'>): DescriptorShape {
  const descriptor = file ? describedFile(file) : wellKnownFiles.find((known) => known.name === name);
  if (!descriptor) throw new InternalError(`no proto file ${name}`);
  return descriptor;
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
