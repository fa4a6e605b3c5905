import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { CodegenError, InternalError } from '../errors/index.js';
import { GENERATED_HEADER } from '../proto/index.js';

// ts-proto promises neither the path of its plugin nor the text that it writes. Its version is pinned, only this file depends on them, and
// text in another form than expected is an error.

/**
 * Chosen so that a row of Prisma's client IS a message: `bigint` for 64 bits, `Date`, `null` for absent, and nothing that the runtime does
 * not need.
 */
const OPTIONS = [
  'annotateFilesWithVersion=false',
  // Each file is asked for by its name.
  'emitImportedFiles=false',
  'env=node',
  'esModuleInterop=true',
  'exportCommonSymbols=false',
  'forceLong=bigint',
  'importSuffix=.js',
  'oneof=unions',
  'outputJsonMethods=false',
  'outputServices=generic-definitions',
  'removeEnumPrefix=true',
  'stringEnums=true',
  'unrecognizedEnum=false',
  'useExactTypes=false',
  'useNullAsOptional=true',
].join(',');

/** More than any schema needs; Node's default of 1 MiB is too little for a hundred models. */
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/** One process takes about a second for as many files. Most of that is formatting, so more files are divided among processes. */
const FILES_PER_PROCESS = 25;
/** Each process loads ts-proto; on most machines, more of them only wait for each other. */
const MAX_PROCESSES = 4;

/** Every file of `google.protobuf` that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];

/** The code of each proto file, with the content that it was generated from. */
export type CodecCache = Map<string, { readonly content: string; readonly text: string }>;

/**
 * Generates the messages, encoders and decoders of proto files with ts-proto, from descriptors and without `protoc`.
 *
 * @param cache Unchanged files are taken from here, and new ones are added.
 * @returns Texts by path.
 * @throws CodegenError with what ts-proto reported.
 */
export async function generateCodecs(
  files: readonly FileDescriptorProto[],
  cache: CodecCache = new Map(),
): Promise<[path: string, text: string][]> {
  const graph = new DescriptorGraph([...wellKnownFiles, ...files]);
  const wanted = graph.withImports(files.map(({ name }) => name));
  const contents = new Map(wanted.map((name) => [name, graph.contentOf(name)]));
  const stale = wanted.filter((name) => cache.get(name)?.content !== contents.get(name));
  const generated = await Promise.all(divide(stale).map((names) => runProcess(names, graph)));
  for (const [name, text] of generated.flat()) cache.set(name, { content: contents.get(name) ?? '', text });
  return wanted.map((name) => [codePath(name), cache.get(name)?.text ?? '']);
}

function divide(names: readonly string[]): string[][] {
  const wanted = Math.ceil(names.length / FILES_PER_PROCESS);
  const count = Math.min(wanted, MAX_PROCESSES, availableParallelism());
  return Array.from({ length: count }, (_, part) => names.filter((_name, index) => index % count === part));
}

async function runProcess(names: readonly string[], graph: DescriptorGraph): Promise<[name: string, text: string][]> {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: [...names],
    parameter: OPTIONS,
    protoFile: graph.withImports(names).map((name) => graph.file(name)),
  });
  const output = await runPlugin(toBinary(CodeGeneratorRequestSchema, request));
  const response = fromBinary(CodeGeneratorResponseSchema, output);
  if (response.error) throw new CodegenError('codegen.ts_proto', `ts-proto refused: ${response.error}`);
  const texts = new Map(response.file.map(({ name, content }) => [name, content]));
  return names.map((name) => [name, adoptTsProto(texts.get(codePath(name)) ?? '', codePath(name))]);
}

function codePath(protoPath: string): string {
  return protoPath.replace(/\.proto$/, '.ts');
}

function runPlugin(request: Uint8Array): Promise<Buffer> {
  const plugin = pluginPath();
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES } as const;
    const child = execFile(process.execPath, [plugin], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const cause = stderr.length > 0 ? new Error(stderr.toString()) : error;
      reject(new CodegenError('codegen.ts_proto', `ts-proto failed: ${error.message}`, { cause }));
    });
    child.stdin?.end(request);
  });
}

const WRONG_VERSION = { nextActions: ['install the version of ts-proto that the package.json of grpc-stream names'] };

function pluginPath(): string {
  try {
    return createRequire(import.meta.url).resolve('ts-proto/build/src/plugin.js');
  } catch (cause) {
    throw new CodegenError('codegen.ts_proto', 'ts-proto has no plugin where it is expected', {
      cause,
      ...WRONG_VERSION,
    });
  }
}

/** A replacement in ts-proto's text. */
interface Edit {
  readonly from: string;
  readonly to: string;
}

/** A Date has milliseconds only, and years that a Timestamp has not. */
const TIMESTAMP_EDITS: readonly Edit[] = [
  {
    from: `const seconds = BigInt(Math.trunc(date.getTime() / 1_000));
  const nanos = (date.getTime() % 1_000) * 1_000_000;
  return { seconds, nanos };`,
    to: 'return timestampOf(date);',
  },
  {
    from: `let millis = (globalThis.Number(t.seconds.toString()) || 0) * 1_000;
  millis += (t.nanos || 0) / 1_000_000;
  return new globalThis.Date(millis);`,
    to: 'return dateOf(t);',
  },
];

/**
 * With `useNullAsOptional`, absent is `null`, but ts-proto expects undefined in the members of `google.protobuf.Value`. It also drops
 * properties whose value is null, in both directions, and a member `__proto__`, which an assignment does not add.
 */
const STRUCT_EDITS: readonly Edit[] = [
  {
    from: 'message.fields[entry1.key] = entry1.value;',
    to: 'setMember(message.fields, entry1.key, entry1.value);',
  },
  { from: 'acc[key] = value;', to: 'setMember(acc, key, value);' },
  { from: 'struct.fields[key] = object[key];', to: 'setMember(struct.fields, key, object[key]);' },
  { from: 'object[key] = message.fields[key];', to: 'setMember(object, key, message.fields[key]);' },
  { from: 'Struct.wrap(message.kind.structValue)', to: 'Struct.wrap(message.kind.structValue ?? undefined)' },
  { from: 'ListValue.wrap(message.kind.listValue)', to: 'ListValue.wrap(message.kind.listValue ?? undefined)' },
  { from: 'if (entry1.value !== undefined && entry1.value !== null)', to: 'if (entry1.value !== undefined)' },
  { from: 'if (message.value !== undefined && message.value !== null)', to: 'if (message.value !== undefined)' },
];

/**
 * Edits ts-proto's text: it imports only `grpc-stream`, so that a project needs no other dependency, and dates lose no digit, and get the
 * nanos from 0 to 999,999,999 that the specification of Timestamp demands, also before 1970.
 *
 * @throws CodegenError when the text is not as expected, so that an edit cannot be made.
 */
export function adoptTsProto(text: string, path: string): string {
  const hasDates = DATE_FIELD.test(text.replace(COMMENT_LINE, ''));
  const isStruct = path === 'google/protobuf/struct.ts';
  const helpers = [...(hasDates ? ['dateOf', 'timestampOf'] : []), ...(isStruct ? ['setMember'] : [])];
  const edits = [
    // A file that has only enums encodes nothing.
    ...(text.includes('encode(') ? [wireEdit(helpers)] : []),
    ...(hasDates ? TIMESTAMP_EDITS : []),
    ...(isStruct ? STRUCT_EDITS : []),
  ];
  const body = withOwnProperties(text.replace(/^(\/\/.*\n)+/, '').trimStart());
  const edited = edits.reduce((before, edit) => apply(edit, before, path), body);
  if (edited === '' || FOREIGN_IMPORT.test(edited)) throw unknownForm(path);
  return `${GENERATED_HEADER}\n${edited}`;
}

/** Names that every object has: ts-proto takes what is inherited for a value. */
const INHERITED =
  /\bobject\.(constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf)(?= (?:!== undefined|\?\?)|\?\.)/g;

function withOwnProperties(text: string): string {
  return text.replace(INHERITED, (read, name: string, at: number) => {
    const isOwn = `Object.prototype.hasOwnProperty.call(object, "${name}")`;
    // A comparison keeps its form, from which TypeScript knows the type.
    return text.startsWith(' !== undefined', at + read.length)
      ? `${isOwn} && ${read}`
      : `(${isOwn} ? ${read} : undefined)`;
  });
}

function wireEdit(more: readonly string[]): Edit {
  return {
    from: 'import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire"',
    to: `import { ${['BinaryReader', 'BinaryWriter', ...more].join(', ')} } from "grpc-stream/runtime"`,
  };
}

const COMMENT_LINE = /^ *(?:\/\*\*|\*|\/\/).*$/gm;

/** A timestamp in a message, which ts-proto converts to a Date and back. */
const DATE_FIELD = /: Date\b/;

/** An import of something else than a file of the project or this package. */
const FOREIGN_IMPORT = /\bfrom "(?!\.|grpc-stream\/)/;

function apply({ from, to }: Edit, text: string, path: string): string {
  if (!text.includes(from)) throw unknownForm(path);
  return text.replaceAll(from, to);
}

function unknownForm(path: string): CodegenError {
  return new CodegenError(
    'codegen.ts_proto',
    `ts-proto wrote ${path} in a form that this version does not know`,
    WRONG_VERSION,
  );
}

/** Proto files and their imports. */
class DescriptorGraph {
  private readonly files: ReadonlyMap<string, FileDescriptorProto>;
  private readonly digests = new Map<string, string>();

  constructor(files: readonly FileDescriptorProto[]) {
    this.files = new Map(files.map((file) => [file.name, file]));
  }

  file(name: string): FileDescriptorProto {
    const file = this.files.get(name);
    if (!file) throw new InternalError(`no proto file ${name}`);
    return file;
  }

  /** The files and everything that they import, each once and after its own imports. */
  withImports(names: readonly string[]): string[] {
    const found = new Set<string>();
    const entered = new Set<string>();
    const visit = (name: string) => {
      if (entered.has(name)) return;
      entered.add(name);
      for (const dependency of this.file(name).dependency) visit(dependency);
      found.add(name);
    };
    for (const name of names) visit(name);
    return [...found];
  }

  /** Identifies the content of a file and of everything that it imports: equal contents have equal code. */
  contentOf(name: string): string {
    return this.withImports([name])
      .map((file) => this.digestOf(file))
      .join();
  }

  private digestOf(name: string): string {
    const known = this.digests.get(name);
    if (known !== undefined) return known;
    const digest = createHash('sha256')
      .update(toBinary(FileDescriptorProtoSchema, this.file(name)))
      .digest('base64');
    this.digests.set(name, digest);
    return digest;
  }
}
