import type { SchemaModel } from '../model/index.js';
import {
  type ApiChange,
  apiChanges,
  type FieldLock,
  printFieldLock,
  printProto,
  schemaToProto,
  toDescriptor,
} from '../proto/index.js';
import { clientFile } from './client-file.js';
import { descriptorsFile } from './descriptors-file.js';
import { ownServicesFile } from './own-services-file.js';
import { type CodecCache, runTsProto } from './run-ts-proto.js';
import { serverFile } from './server-file.js';
import { servicesFile } from './services-file.js';
import { streamFile, streamFileName } from './stream-file.js';

export interface GenerateOptions {
  readonly schema: SchemaModel;
  /** Proto package without its version, such as `library`. */
  readonly packageName: string;
  /** The lock of the last generation. */
  readonly lock: FieldLock;
  /** Import specifier of the configuration from the generated folder; none when the project has no file for it. */
  readonly configImport?: string;
  /** Codecs of an earlier generation in this process, for those that stay as they are. */
  readonly codecs?: CodecCache;
}

/** Everything that `generate` makes: texts by path, not written anywhere yet. */
export interface GeneratedFiles {
  /** The schema that the files are of: without the models that can have no name in the proto, which are among the skipped. */
  readonly schema: SchemaModel;
  /** `.proto` files and the lock, by path from the proto folder. */
  readonly proto: ReadonlyMap<string, string>;
  /** TypeScript, by path from the generated folder. */
  readonly code: ReadonlyMap<string, string>;
  /** What is written once and then the user's own, by path from the folder above the generated one. */
  readonly own: ReadonlyMap<string, string>;
  /** What changes for those who use the API already: nothing when the lock stays as it is. */
  readonly apiChanges: readonly ApiChange[];
}

/** Name of the lock beside the `.proto` files. */
export const LOCK_FILE = 'grpc-stream.lock.json';

/**
 * Generates protos, codecs, handlers, clients and the server entry: the same bytes for the same input, on any machine.
 *
 * @throws CodegenError when ts-proto refuses.
 *
 * @example
 * const { proto, code } = await generate({ schema: await loadSchema('schema.prisma'), packageName: 'library', lock: emptyLock });
 */
export async function generate({
  schema: whole,
  packageName,
  lock,
  configImport,
  codecs: cache,
}: GenerateOptions): Promise<GeneratedFiles> {
  const { schema, files, lock: nextLock } = schemaToProto(whole, packageName, lock);
  const descriptors = files.map(toDescriptor);
  const codecs = files.length > 0 ? await runTsProto(descriptors, cache) : [];
  const context = { schema, packageName, lock: nextLock };
  return {
    schema,
    proto: new Map([
      ...files.map((file): [string, string] => [file.path, printProto(file)]),
      [LOCK_FILE, printFieldLock(nextLock)],
    ]),
    code: new Map([
      ...codecs,
      ...schema.models.map((model): [string, string] => [streamFileName(model), streamFile(model, context)]),
      ['services.ts', servicesFile(schema.models)],
      ['client.ts', clientFile(schema, packageName)],
      ['descriptors.ts', descriptorsFile(descriptors)],
      ['server.ts', serverFile(packageName, configImport)],
    ]),
    own: new Map([['services.ts', ownServicesFile()]]),
    apiChanges: apiChanges(lock, nextLock),
  };
}
