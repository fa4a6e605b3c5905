import { toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { StreamModel } from '../model/index.js';
import { GENERATED_HEADER, type ProtoFile, toDescriptor } from '../proto/index.js';
import { wellKnownFiles } from './message-files.js';
import { serviceFunctionName, streamFileName } from './stream-file.js';

/** The generated entry that runs the services without the CLI, such as in a container. */
export function serverFile(packageName: string, configImport: string | undefined): string {
  const imports = [
    "import { openDatabase, runServer } from 'grpc-stream/server';",
    ...(configImport ? [`import config from '${configImport}';`] : []),
    "import * as database from '../database.js';",
    "import { descriptors } from './descriptors.js';",
    "import { createServices } from './services.js';",
  ];
  return `${GENERATED_HEADER}
${imports.join('\n')}

// Not awaited: in CommonJS a module cannot. A failure ends the process.
void runServer({
  name: '${packageName}',
  ...openDatabase(database),
  createServices,
  descriptors,
${configImport ? '  config,\n' : ''}});
`;
}

/** The generated file that creates the services of all models. */
export function servicesFile(models: readonly StreamModel[]): string {
  const imports = models.map(
    (model) => `import { ${serviceFunctionName(model)} } from './${streamFileName(model).replace(/\.ts$/, '.js')}';`,
  );
  return `${GENERATED_HEADER}
import type { RowReader, StreamService, StreamServiceOptions } from 'grpc-stream/runtime';
import { hooks, ownServices } from '../services.js';
${[...imports].sort().join('\n')}

/** The part of the Prisma client that the services read through. */
export interface StreamedModels {
${models.map(({ delegate }) => `  readonly ${delegate}: RowReader;`).join('\n')}
}

/** One service per model, with your hooks, and your own services: ready for \`server.addService(service.definition, service.implementation)\`. */
export function createServices(options: StreamServiceOptions<StreamedModels>): StreamService[] {
  const hooked = { hooks, ...options };
  return ${listOf([...models.map((model) => `${serviceFunctionName(model)}(hooked)`), '...ownServices(hooked)'])};
}
`;
}

/** A longer list gets a line per item. */
const LINE_WIDTH = 80;

function listOf(items: readonly string[]): string {
  const line = `[${items.join(', ')}]`;
  if (`  return ${line};`.length <= LINE_WIDTH) return line;
  return `[\n${items.map((item) => `    ${item},\n`).join('')}  ]`;
}

/** The generated file that server reflection answers from: the `.proto` files without their comments. */
export function descriptorsFile(files: readonly ProtoFile[]): string {
  const imported = wellKnownFiles.filter(({ name }) => files.some(({ imports }) => imports.includes(name)));
  return `${GENERATED_HEADER}

/** Every file of the protos as a serialised \`FileDescriptorProto\` in base64, for server reflection. */
export const descriptors: readonly string[] = [
${[...imported.map(entry), ...files.map((file) => entry(toDescriptor(file)))].join('\n')}
];
`;
}

function entry(file: FileDescriptorProto): string {
  const bytes = toBinary(FileDescriptorProtoSchema, file);
  return `  // ${file.name}\n  '${Buffer.from(bytes).toString('base64')}',`;
}

/** The file with the user's own services and hooks. It is written once, and later generations do not touch it. */
export function ownServicesFile(): string {
  return `import type { ServiceHooks, StreamService, StreamServiceOptions } from 'grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

// This file is yours: it was written once, and \`generate\` leaves it alone.

/**
 * Decides who may call, which rows a caller sees, and how a row looks to them, for every RPC. \`*\` runs first, for all models.
 *
 * @example
 * '*': {
 *   authorize: ({ principal }) => {
 *     if (principal) return;
 *     throw new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });
 *   },
 * },
 * book: {
 *   scope: ({ principal }) => ({ tenantId: tenantOf(principal) }),
 *   mapRow: (row) => ({ ...row, email: 'hidden' }),
 * },
 */
export const hooks: ServiceHooks<StreamedModels> = {};

/** Services of your own beside the generated ones, such as an RPC that writes. */
export function ownServices(_options: StreamServiceOptions<StreamedModels>): StreamService[] {
  return [];
}
`;
}
