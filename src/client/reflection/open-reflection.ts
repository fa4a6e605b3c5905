import { create, createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Client, status as Status } from '@grpc/grpc-js';
import { EnvironmentError, InternalError, UsageError } from '../../errors/index.js';
import { onAbort } from '../../waits/index.js';

/** What a server says of itself, by gRPC server reflection. */
export interface Reflection {
  /** The full names of its services, without those of reflection itself. */
  services(): Promise<readonly string[]>;
  /**
   * The file that declares a symbol, with all that it imports.
   *
   * @throws UsageError when the server has no such symbol.
   */
  filesOf(symbol: string): Promise<FileRegistry>;
}

/**
 * Asks a server what it serves.
 *
 * @param target Its address, for messages.
 * @throws EnvironmentError when the server does not answer reflection, ServiceError of grpc-js when it cannot be reached.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function openReflection(channel: Client, target: string, signal: AbortSignal): Reflection {
  let version: Version = 'v1';

  async function ask(question: Question): Promise<Answer> {
    try {
      return await askOnce(channel, version, question, signal);
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
      if (version === 'v1alpha') throw noReflection(target, error);
      version = 'v1alpha';
      return ask(question);
    }
  }

  return {
    async services() {
      const { services } = await ask({ number: LIST_SERVICES, text: '*' });
      return services.filter((name) => !name.startsWith('grpc.reflection.'));
    },
    async filesOf(symbol) {
      const answer = await ask({ number: FILE_CONTAINING_SYMBOL, text: symbol });
      if (answer.error !== undefined) throw unknownSymbol(symbol, answer.error, target);
      const files = new Map(answer.files.map((file) => [file.name, file]));
      // A server may send the file alone, or with what it imports.
      for (let missing = missingFrom(files); missing !== undefined; missing = missingFrom(files)) {
        const { files: found, error } = await ask({ number: FILE_BY_FILENAME, text: missing });
        for (const file of found) files.set(file.name, file);
        if (!files.has(missing)) throw unknownSymbol(missing, error ?? 'it sent another file', target);
      }
      return createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(files) }));
    },
  };
}

type Version = 'v1' | 'v1alpha';

/** A field of `ServerReflectionRequest`. */
interface Question {
  readonly number: number;
  readonly text: string;
}

const FILE_BY_FILENAME = 3;
const FILE_CONTAINING_SYMBOL = 4;
const LIST_SERVICES = 7;

/** A `ServerReflectionResponse`. */
interface Answer {
  readonly files: FileDescriptorProto[];
  readonly services: string[];
  error: string | undefined;
}

/** The method streams both ways; one question a call keeps questions and answers together. */
function askOnce(channel: Client, version: Version, question: Question, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = channel.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      questionBytes,
      answerOf,
    );
    const removeListener = onAbort(signal, () => call.cancel());
    let answer: Answer | undefined;
    call.on('data', (received: Answer) => {
      answer ??= received;
    });
    call.on('error', reject);
    call.on('end', () => (answer ? resolve(answer) : undefined));
    call.on('close', () => {
      removeListener();
      reject(new InternalError('the server ended a call of reflection without an answer'));
    });
    call.write(question);
    call.end();
  });
}

function questionBytes({ number, text }: Question): Buffer {
  return Buffer.from(new BinaryWriter().tag(number, 2).string(text).finish());
}

function answerOf(bytes: Uint8Array): Answer {
  const answer: Answer = { files: [], services: [], error: undefined };
  eachField(new BinaryReader(bytes), (number, inside) => {
    eachField(new BinaryReader(inside), (innerNumber, value) => {
      if (number === 4 && innerNumber === 1) answer.files.push(fromBinary(FileDescriptorProtoSchema, value));
      if (number === 6 && innerNumber === 1)
        eachField(new BinaryReader(value), (_, name) => answer.services.push(textOf(name)));
      if (number === 7 && innerNumber === 2) answer.error = textOf(value);
    });
    if (number === 7) answer.error ??= 'it gave no reason';
  });
  return answer;
}

/** The fields of a message that hold bytes: texts and messages. */
function eachField(reader: BinaryReader, use: (number: number, value: Uint8Array) => void): void {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === 2) use(number, reader.bytes());
    else reader.skip(wireType, number);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function missingFrom(files: ReadonlyMap<string, FileDescriptorProto>): string | undefined {
  return [...files.values()].flatMap(({ dependency }) => dependency).find((name) => !files.has(name));
}

/** The order that the registry takes. */
function importsFirst(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto | undefined) => {
    if (!file || ordered.has(file)) return;
    for (const name of file.dependency) add(files.get(name));
    ordered.add(file);
  };
  for (const file of files.values()) add(file);
  return [...ordered];
}

function isUnimplemented(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === Status.UNIMPLEMENTED;
}

function noReflection(target: string, cause: unknown): EnvironmentError {
  return new EnvironmentError('client.no_reflection', `${target} does not say what it serves: its reflection is off`, {
    cause,
    nextActions: [
      'run the server with --reflection (`server: { reflection: true }` in grpc-stream.config.ts)',
      'or run this in the project that has the schema; --cwd names it',
    ],
  });
}

function unknownSymbol(symbol: string, why: string, target: string): UsageError {
  return new UsageError('client.unknown_symbol', `${target} has no ${symbol}: ${why}`, {
    nextActions: ['check the name; the .proto files of the server have it'],
  });
}
