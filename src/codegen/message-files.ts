import type { StreamModel } from '../model/index.js';
import type { ModelFile, ProtoFile } from '../proto/index.js';
import { digestOf, isCurrent, withContent } from './content.js';

interface MessageFilesOptions {
  /** The models, each with its file. */
  readonly models: readonly ModelFile[];
  /** The other files. */
  readonly shared: readonly ProtoFile[];
  /** The texts of the protos, by path. */
  readonly protos: ReadonlyMap<string, string>;
  /** The code of the last generation, by path: what is unchanged is taken from here. */
  readonly previous: ReadonlyMap<string, string>;
}

/** A proto file whose code is needed. */
export interface MessageSource {
  /** The path of the proto. */
  readonly name: string;
  /** The path of the code. */
  readonly path: string;
  /** Identifies what the code is made from. */
  readonly content: string;
  /** A file of `google.protobuf` has none. */
  readonly file?: ProtoFile;
  /** The model, where it is a model's file. */
  readonly model?: StreamModel;
}

/**
 * Generates the messages, encoders and decoders of proto files.
 *
 * @returns Texts by path.
 * @throws CodegenError when ts-proto is not the one that is known here, or gives a name that is not the one that the handlers use.
 */
export async function messageFiles(options: MessageFilesOptions): Promise<Map<string, string>> {
  const sources = sourcesOf(options);
  const stale = sources.filter(({ path, content }) => !isCurrent(options.previous.get(path) ?? '', content));
  const made = await makeCode(stale, sources);
  return new Map(
    sources.map(({ path, content }) => {
      const body = made.get(path);
      return [path, body === undefined ? (options.previous.get(path) ?? '') : withContent(body, content)];
    }),
  );
}

/** What makes code takes longer to load than all the rest: it is loaded only when it has something to make. */
async function makeCode(
  stale: readonly MessageSource[],
  sources: readonly MessageSource[],
): Promise<ReadonlyMap<string, string>> {
  if (stale.length === 0) return new Map();
  const { messageCode } = await import('./message-code.js');
  return messageCode(stale, sources);
}

/** Files of `google.protobuf` whose messages are code like any others; a field mask is a list of texts. */
const WELL_KNOWN = ['google/protobuf/struct.proto', 'google/protobuf/timestamp.proto'];

function sourcesOf({ models, shared, protos }: MessageFilesOptions): MessageSource[] {
  const zeros = new Map(shared.flatMap(({ enums }) => enums.map(({ name, values }) => [name, values[0]?.name ?? ''])));
  const imported = new Set([...shared, ...models.map(({ file }) => file)].flatMap(({ imports }) => imports));
  const sourceOf = (file: ProtoFile): MessageSource => {
    // Of what a file imports, its code has only names, and the value that an enum has at first.
    const types = new Set(file.messages.flatMap(({ fields }) => fields.map(({ type }) => type)));
    const content = digestOf([protos.get(file.path) ?? '', ...[...types].map((type) => zeros.get(type) ?? '')]);
    return { name: file.path, path: codePath(file.path), content, file };
  };
  return [
    ...WELL_KNOWN.filter((name) => imported.has(name)).map((name) => {
      return { name, path: codePath(name), content: digestOf([name]) };
    }),
    ...shared.map(sourceOf),
    ...models.map(({ model, file }) => ({ ...sourceOf(file), model })),
  ];
}

/** The path of a proto file's code. */
export function codePath(protoPath: string): string {
  return protoPath.replace(/\.proto$/, '.ts');
}
