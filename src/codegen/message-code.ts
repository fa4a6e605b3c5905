import { setImmediate } from 'node:timers/promises';
import { InternalError } from '../errors/index.js';
import type { StreamModel } from '../model/index.js';
import { type DescriptorShape, describedFile, type ProtoFile, type ProtoMessage } from '../proto/index.js';
import { assertSameNames } from './assert-same-names.js';
import { wellKnownFiles } from './descriptors-file.js';
import type { MessageSource } from './message-sources.js';
import { serviceCode } from './service-code.js';
import { type CodePart, openTsProto } from './ts-proto.js';
import { adoptTsProto, HELPERS } from './ts-proto-text.js';

/** Files whose code is made together: what ts-proto keeps in memory grows with them. */
const GROUP = 100;

/**
 * Makes the code of proto files with ts-proto, from descriptors and without `protoc`.
 *
 * @param sources The files to make.
 * @param all These and every other file that they may import.
 * @param signal Ends the work between two files.
 * @returns Texts by the path of the code.
 * @throws CodegenError when ts-proto is not the one that is known here, or gives a name that is not the one that the handlers use.
 */
export async function messageCode(
  sources: readonly MessageSource[],
  all: readonly MessageSource[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const byName = new Map(all.map((source) => [source.name, source]));
  const texts = new Map<string, string>();
  for (let from = 0; from < sources.length; from += GROUP) {
    const group = sources.slice(from, from + GROUP);
    const tsProto = openTsProto(withImports(group, byName));
    for (const source of group) {
      // Ctrl-C is heard between two turns of the event loop.
      await setImmediate();
      signal?.throwIfAborted();
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

/** ts-proto makes the row, its key and the orders. What a service has beside them is shared by all models. */
function modelParts(model: StreamModel, file: ProtoFile): (CodePart | string)[] {
  const { messages, enums } = file;
  const part = (members: Partial<ProtoFile>) =>
    describedFile({ ...file, services: [], messages: [], enums: [], ...members });
  return [
    { file: part({ messages: messages.filter(({ isShared }) => !isShared).map(inShort) }) },
    { file: part({ enums }), isTypesOnly: true },
    serviceCode(model, file),
  ];
}

/** The first line of a message's comment; the proto has the others, too. */
function inShort(message: ProtoMessage, index: number): ProtoMessage {
  return index === 0 ? message : { ...message, comment: message.comment.split('\n', 1).join('') };
}
