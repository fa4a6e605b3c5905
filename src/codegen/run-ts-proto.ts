import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import { CodegenError } from '../errors/index.js';
import { adoptTsProto } from './adopt-ts-proto.js';
import { wellKnownFiles } from './well-known-files.js';

/**
 * Chosen so that a row of Prisma's client IS a message: `bigint` for 64 bits, `Date`, `null` for absent, and nothing that
 * the runtime does not need.
 */
const OPTIONS = [
  'annotateFilesWithVersion=false',
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

/**
 * Runs ts-proto as the plugin that it is, over descriptors of our own making, so that no `protoc` is needed.
 *
 * @returns Texts by path.
 * @throws CodegenError with what ts-proto said.
 */
export async function runTsProto(files: readonly FileDescriptorProto[]): Promise<[path: string, text: string][]> {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: files.map(({ name }) => name),
    parameter: OPTIONS,
    protoFile: [...wellKnownFiles, ...files],
  });
  const output = await runPlugin(toBinary(CodeGeneratorRequestSchema, request));
  const response = fromBinary(CodeGeneratorResponseSchema, output);
  if (response.error) throw new CodegenError('codegen.ts_proto', `ts-proto refused: ${response.error}`);
  return response.file.map(({ name, content }) => [name, adoptTsProto(content, name)]);
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
