import { createRequire } from 'node:module';
import { isMessage, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { CodegenError, messageOf } from '../errors/index.js';
import type { DescriptorShape } from '../proto/index.js';
import { codePath } from './message-sources.js';

// ts-proto documents its plugin, and not the functions that the plugin is made of. They are called here, in this process, because the plugin
// formats every file, which takes two thirds of its time, and has to be started for each generation. Its version is pinned, only this file
// calls them, and a test compares what they promise with the installed version.

/**
 * Chosen so that a row of Prisma's client IS a message: `bigint` for 64 bits, `Date`, `null` for absent, and nothing that the runtime does
 * not need.
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
];

/** For messages whose code is not ts-proto's: their interfaces alone. */
const TYPES_ONLY = [...OPTIONS, 'outputEncodeMethods=false', 'outputPartialMethods=false'];

/** A part of a file's code. */
export interface CodePart {
  readonly file: DescriptorShape;
  readonly isTypesOnly?: true;
}

/** Makes TypeScript of proto files. */
export interface TsProto {
  /**
   * The code of a file, not formatted.
   *
   * @param parts Parts of one file, or text, in their order.
   * @param helpers The module to import ts-proto's own helpers from, such as `DeepPartial`; without it, they stand in the file.
   */
  codeOf(parts: readonly (CodePart | string)[], helpers?: string): string;
}

/**
 * Loads ts-proto.
 *
 * @param files Every file that the code to be made refers to.
 * @throws CodegenError when the installed ts-proto has not the functions that are called here.
 */
export function openTsProto(files: readonly DescriptorShape[]): TsProto {
  const modules = loadModules();
  const { FileDescriptorProto: Descriptor } = modules.descriptors;
  const whole = modules.options.optionsFromParameter(OPTIONS.join(','));
  const typesOnly = modules.options.optionsFromParameter(TYPES_ONLY.join(','));
  const typeMap = modules.types.createTypeMap(
    { protoFile: files.map((file) => descriptorOf(file, Descriptor)) },
    whole,
  );
  const utils = new Map([whole, typesOnly].map((options) => [options, modules.main.makeUtils(options)]));
  const partOf = (part: CodePart | string) => {
    if (typeof part === 'string') return modules.poet.code`${part}`;
    const options = part.isTypesOnly ? typesOnly : whole;
    // It changes the methods of the services that it is given.
    const file = descriptorOf(part.file, Descriptor);
    const context = { typeMap, options, utils: utils.get(options) };
    const currentFile = modules.context.createFileContext(file);
    const [, code] = modules.main.generateFile({ ...context, currentFile }, file);
    return code;
  };
  return {
    codeOf(parts, helpers) {
      const code = modules.poet.joinCode(parts.map(partOf), { on: '\n' });
      const [path = ''] = parts.flatMap((part) => (typeof part === 'string' ? [] : codePath(part.file.name ?? '')));
      return code.toString({
        ...modules.options.getTsPoetOpts(whole, '', '', path),
        path,
        prefix: '',
        format: false,
        ...(helpers === undefined ? {} : { conditionalUtils: helpers }),
      });
    },
  };
}

/**
 * A file as ts-proto takes it. Ours gets its defaults here, without the detour over bytes or its own slow `fromPartial`, which would take a
 * third of the time. A field has `oneofIndex` only in a oneof: that is how ts-proto knows.
 */
function descriptorOf(shape: DescriptorShape, Descriptor: DescriptorCodec): object {
  if (isMessage(shape, FileDescriptorProtoSchema)) return Descriptor.decode(toBinary(FileDescriptorProtoSchema, shape));
  const { messageType = [], enumType = [], service = [], sourceCodeInfo } = shape;
  return {
    ...FILE,
    ...shape,
    messageType: messageType.map(({ field = [], oneofDecl = [], ...message }) => ({
      ...MESSAGE,
      ...message,
      field: field.map((one) => ({ ...FIELD, ...one })),
      oneofDecl: oneofDecl.map((one) => ({ options: undefined, ...one })),
    })),
    enumType: enumType.map(({ value = [], ...one }) => ({
      ...RESERVED,
      ...one,
      value: value.map((each) => ({ options: undefined, ...each })),
    })),
    service: service.map(({ method = [], ...one }) => ({
      options: undefined,
      ...one,
      method: method.map((each) => ({ ...METHOD, ...each })),
    })),
    sourceCodeInfo: { location: sourceCodeInfo?.location?.map((one) => ({ ...LOCATION, ...one })) ?? [] },
  };
}

const RESERVED = { options: undefined, reservedRange: [], reservedName: [] };
const MESSAGE = { ...RESERVED, extension: [], nestedType: [], enumType: [], extensionRange: [] };
const FIELD = {
  typeName: '',
  extendee: '',
  defaultValue: '',
  jsonName: '',
  options: undefined,
  proto3Optional: false,
};
const METHOD = { options: undefined, clientStreaming: false, serverStreaming: false };
const LOCATION = { trailingComments: '', leadingDetachedComments: [] };
const FILE = { publicDependency: [], weakDependency: [], extension: [], options: undefined, edition: 0 };

/** The functions of ts-proto that are called here. */
interface Modules {
  readonly main: {
    makeUtils(options: object): object;
    generateFile(context: object, file: object): readonly [path: string, code: Code];
  };
  readonly types: { createTypeMap(request: { readonly protoFile: readonly object[] }, options: object): object };
  readonly context: { createFileContext(file: object): object };
  readonly options: {
    optionsFromParameter(parameter: string): object;
    getTsPoetOpts(options: object, version: string, protoc: string, file: string): object;
  };
  readonly descriptors: { readonly FileDescriptorProto: DescriptorCodec };
  readonly poet: {
    code(literals: TemplateStringsArray, ...placeholders: readonly string[]): Code;
    joinCode(parts: readonly Code[], options: { readonly on: string }): Code;
  };
}

interface DescriptorCodec {
  decode(bytes: Uint8Array): object;
}

interface Code {
  toString(options: object): string;
}

let loaded: Modules | undefined;

function loadModules(): Modules {
  loaded ??= checked(requireModules());
  return loaded;
}

function requireModules(): Modules {
  try {
    const own = createRequire(import.meta.url);
    const main = own.resolve('ts-proto/build/src/main.js');
    // Its own dependencies, wherever a package manager put them.
    const its = createRequire(main);
    return {
      main: its(main),
      types: its('./types.js'),
      context: its('./context.js'),
      options: its('./options.js'),
      descriptors: its('ts-proto-descriptors'),
      poet: its('ts-poet'),
    };
  } catch (cause) {
    throw unknownVersion(messageOf(cause), cause);
  }
}

function checked(modules: Modules): Modules {
  const { main, types, context, options, descriptors, poet } = modules;
  const missing = Object.entries({
    generateFile: main.generateFile,
    makeUtils: main.makeUtils,
    createTypeMap: types.createTypeMap,
    createFileContext: context.createFileContext,
    optionsFromParameter: options.optionsFromParameter,
    getTsPoetOpts: options.getTsPoetOpts,
    'FileDescriptorProto.decode': descriptors.FileDescriptorProto?.decode,
    code: poet.code,
    joinCode: poet.joinCode,
  }).flatMap(([name, value]) => (typeof value === 'function' ? [] : name));
  if (missing.length > 0) throw unknownVersion(`it has no ${missing.join(', ')}`);
  return modules;
}

function unknownVersion(why: string, cause?: unknown): CodegenError {
  return new CodegenError('codegen.ts_proto', `the installed ts-proto is not the one that grpc-stream calls: ${why}`, {
    cause,
    nextActions: ['install the version of ts-proto that the package.json of grpc-stream names'],
  });
}
