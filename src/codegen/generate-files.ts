import type { SchemaModel } from '../model/index.js';
import {
  type ApiChange,
  apiChanges,
  type FieldLock,
  namingNotes,
  type ProtoFile,
  printFieldLock,
  printProto,
  schemaToProto,
} from '../proto/index.js';
import { clientFile } from './client-file.js';
import { digestOf, isAsMade, isCurrent, withContent } from './content.js';
import { type MessageSource, messageSources } from './message-sources.js';
import { allImportingFrom, type RuntimePackage, WHOLE_PACKAGE } from './runtime-package.js';
import { ownServicesFile, serverFile, servicesFile } from './server-files.js';
import { streamFile, streamFileName } from './stream-file.js';

interface GenerateFilesOptions {
  readonly schema: SchemaModel;
  /** Proto package without its version, such as `library`. */
  readonly packageName: string;
  /** The lock of the last generation. */
  readonly lock: FieldLock;
  /** Import specifier of the configuration from the generated folder. Left out when the project has no configuration file. */
  readonly configImport?: string;
  /** The package that the code imports the runtime from. Default `grpc-stream`. */
  readonly runtimePackage?: RuntimePackage;
  /** The code of the last generation, by path from the generated folder: what is unchanged is not made again. */
  readonly previous?: ReadonlyMap<string, string>;
  /** Ends the work: the promise is rejected with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** All generated texts, by path. Nothing is written yet. */
export interface GeneratedFiles {
  /** The schema without the models that cannot be generated; those are among the skipped. */
  readonly schema: SchemaModel;
  /** `.proto` files and the lock, by path from the proto folder. */
  readonly proto: ReadonlyMap<string, string>;
  /** TypeScript, by path from the generated folder. */
  readonly code: ReadonlyMap<string, string>;
  /** Files that are written once and then belong to the user, by path from the folder above the generated one. */
  readonly own: ReadonlyMap<string, string>;
  /** Changes for existing clients; empty when the lock stays the same. */
  readonly apiChanges: readonly ApiChange[];
}

/** The name of the lock, which is beside the `.proto` files. */
export const LOCK_FILE = 'grpc-stream.lock.json';

/**
 * Generates protos, codecs, handlers, clients and the server entry. The same input gives the same bytes on any machine.
 *
 * @throws CodegenError when ts-proto fails.
 *
 * @example
 * const { proto, code } = await generateFiles({ schema: await loadSchema('schema.prisma'), packageName: 'library', lock: emptyLock });
 */
export async function generateFiles({
  schema: whole,
  packageName,
  lock,
  configImport,
  runtimePackage = WHOLE_PACKAGE,
  previous: before = new Map(),
  signal,
}: GenerateFilesOptions): Promise<GeneratedFiles> {
  // What a file is made from, and whether it is as it was made, does not depend on the package that it imports.
  const previous = allImportingFrom(WHOLE_PACKAGE, before);
  const { schema, files, modelFiles, sharedFiles, lock: nextLock, renamed } = schemaToProto(whole, packageName, lock);
  const protos = new Map(files.map((file) => [file.path, printProto(file)]));
  const sources = messageSources({ models: modelFiles, shared: sharedFiles, protos });
  const messages = await messageFiles({ sources, previous, signal });
  const lockText = printFieldLock(nextLock);
  const context = { schema, packageName, lock: nextLock };
  const code = new Map([
    ...messages,
    ...schema.models.map((model): [string, string] => [streamFileName(model), streamFile(model, context)]),
    ['services.ts', servicesFile(schema.models)],
    ['client.ts', clientFile(schema, packageName)],
    [DESCRIPTORS, await descriptors(files, protos, previous.get(DESCRIPTORS))],
    ['server.ts', serverFile(packageName, configImport)],
  ]);
  return {
    schema,
    proto: new Map([...protos, [LOCK_FILE, lockText]]),
    code: allImportingFrom(runtimePackage, code),
    own: allImportingFrom(runtimePackage, new Map([['services.ts', ownServicesFile()]])),
    apiChanges: [
      ...namingNotes(renamed),
      // What is the same to the letter changes nothing for anybody.
      ...(lockText === printFieldLock(lock) ? [] : apiChanges(lock, nextLock)),
    ],
  };
}

interface MessageFilesOptions {
  readonly sources: readonly MessageSource[];
  /** The code of the last generation, by path: what is unchanged is taken from here. */
  readonly previous: ReadonlyMap<string, string>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Generates the messages, encoders and decoders of proto files.
 *
 * @returns Texts by path.
 * @throws CodegenError when ts-proto is not the one that is known here, or gives a name that is not the one that the handlers use.
 */
async function messageFiles({ sources, previous, signal }: MessageFilesOptions): Promise<Map<string, string>> {
  const stale = sources.filter(({ path, content }) => !isCurrent(previous.get(path) ?? '', content));
  const made = await makeCode(stale, sources, signal);
  return new Map(
    sources.map(({ path, content }) => {
      const body = made.get(path);
      return [path, body === undefined ? (previous.get(path) ?? '') : withContent(body, content)];
    }),
  );
}

/** What makes code takes longer to load than all the rest: it is loaded only when it has something to make. */
async function makeCode(
  stale: readonly MessageSource[],
  sources: readonly MessageSource[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (stale.length === 0) return new Map();
  const { messageCode } = await import('./message-code.js');
  return messageCode(stale, sources, signal);
}

const DESCRIPTORS = 'descriptors.ts';

async function descriptors(
  files: readonly ProtoFile[],
  protos: ReadonlyMap<string, string>,
  previous = '',
): Promise<string> {
  const content = digestOf([...protos.values()]);
  if (isCurrent(previous, content)) return previous;
  const { descriptorsFile } = await import('./descriptors-file.js');
  const described = files.map((file) => ({ file, content: digestOf([protos.get(file.path) ?? '']) }));
  return withContent(descriptorsFile(described, isAsMade(previous) ? previous : ''), content);
}
