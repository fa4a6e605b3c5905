import type { StreamModel } from '../model/index.js';
import type { ModelFile, ProtoFile } from '../proto/index.js';
import { digestOf } from './content.js';

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

interface MessageSourcesOptions {
  /** The models, each with its file. */
  readonly models: readonly ModelFile[];
  /** The other files. */
  readonly shared: readonly ProtoFile[];
  /** The texts of the protos, by path. */
  readonly protos: ReadonlyMap<string, string>;
}

/** Lists every proto file whose code is needed. */
export function messageSources({ models, shared, protos }: MessageSourcesOptions): MessageSource[] {
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

/** Files of `google.protobuf` whose messages are code like any others; a field mask is a list of texts. */
const WELL_KNOWN = ['google/protobuf/struct.proto', 'google/protobuf/timestamp.proto'];

/** The path of a proto file's code. */
export function codePath(protoPath: string): string {
  return protoPath.replace(/\.proto$/, '.ts');
}
