import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { CodegenError } from '../errors/index.js';
import { adoptTsProto } from './adopt-ts-proto.js';
import { ProtoGraph, wellKnownFiles } from './proto-graph.js';

/**
 * Chosen so that a row of Prisma's client IS a message: `bigint` for 64 bits, `Date`, `null` for absent, and nothing that
 * the runtime does not need.
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

/** More than any schema needs; Node's own default of 1 MiB is less than a hundred models. */
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/** Files that one process takes about a second for: more are shared out, since formatting them is most of the work. */
const FILES_A_PROCESS = 25;
/** Each loads ts-proto and formats alone; past this they wait for each other on most machines. */
const MOST_PROCESSES = 4;

/** ts-proto's text of each proto file, and the content that it was made of. */
export type CodecCache = Map<string, { readonly content: string; readonly text: string }>;

/**
 * Runs ts-proto as the plugin that it is, over descriptors of our own making, so that no `protoc` is needed; in several processes
 * when there is much to do.
 *
 * @param cache What was made before and still holds is taken from here, and what is made is put here.
 * @returns Texts by path.
 * @throws CodegenError with what ts-proto said.
 */
export async function runTsProto(
  files: readonly FileDescriptorProto[],
  cache: CodecCache = new Map(),
): Promise<[path: string, text: string][]> {
  const protos = new ProtoGraph([...wellKnownFiles, ...files]);
  const wanted = protos.withImports(files.map(({ name }) => name));
  const contents = new Map(wanted.map((name) => [name, protos.contentOf(name)]));
  const stale = wanted.filter((name) => cache.get(name)?.content !== contents.get(name));
  const made = await Promise.all(share(stale).map((names) => runProcess(names, protos)));
  for (const [name, text] of made.flat()) cache.set(name, { content: contents.get(name) ?? '', text });
  return wanted.map((name) => [codePath(name), cache.get(name)?.text ?? '']);
}

function share(names: readonly string[]): string[][] {
  const wanted = Math.ceil(names.length / FILES_A_PROCESS);
  const count = Math.min(wanted, MOST_PROCESSES, availableParallelism());
  return Array.from({ length: count }, (_, part) => names.filter((_name, index) => index % count === part));
}

async function runProcess(names: readonly string[], protos: ProtoGraph): Promise<[name: string, text: string][]> {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: [...names],
    parameter: OPTIONS,
    protoFile: protos.withImports(names).map((name) => protos.file(name)),
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
  const plugin = createRequire(import.meta.url).resolve('ts-proto/build/src/plugin.js');
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
