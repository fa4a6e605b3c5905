import type { StreamModel } from '../model/index.js';
import { GENERATED_HEADER } from '../proto/index.js';
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
import type { HookableReader, StreamService, StreamServiceOptions } from 'grpc-stream/runtime';
import type { createPrisma } from '../database.js';
import { hooks, ownServices } from '../services.js';
${[...imports].sort().join('\n')}

type Client = ReturnType<typeof createPrisma>;

/** The part of the Prisma client that the services read through, with the fields that hooks may mask or change, and those of the key. */
export interface StreamedModels {
${models.map((model) => `  readonly ${model.delegate}: ${hookableReader(model)};`).join('\n')}
}

/** One service per model, with your hooks, and your own services: ready for \`server.addService(service.definition, service.implementation)\`. */
export function createServices(options: StreamServiceOptions<StreamedModels>): StreamService[] {
  const hooked = { hooks, ...options };
  return ${listOf([...models.map((model) => `${serviceFunctionName(model)}(hooked)`), '...ownServices(hooked)'])};
}
`;
}

/** Hooks may mask or change all fields but those of the key, after which clients resume. */
function hookableReader({ fields, includes, key, delegate }: StreamModel): string {
  const names = [...fields, ...includes].map(({ name }) => name).filter((name) => !key.fields.includes(name));
  return `HookableReader<${unionOf(names)}, Client['${delegate}'], ${unionOf(key.fields)}>`;
}

function unionOf(names: readonly string[]): string {
  return names.length === 0 ? 'never' : names.map((name) => `'${name}'`).join(' | ');
}

/** A longer list gets a line per item. */
const LINE_WIDTH = 80;

function listOf(items: readonly string[]): string {
  const line = `[${items.join(', ')}]`;
  if (`  return ${line};`.length <= LINE_WIDTH) return line;
  return `[\n${items.map((item) => `    ${item},\n`).join('')}  ]`;
}

/** The file with the user's own services and hooks. It is written once, and later generations do not touch it. */
export function ownServicesFile(): string {
  return `import { defineHooks, type StreamService, type StreamServiceOptions } from 'grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

// This file is yours: it was written once, and \`generate\` leaves it alone.

/**
 * Decides who may call, which rows a caller sees, and what of them: for every RPC, and wherever rows of other models include these. \`*\`
 * runs first, for all models.
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
 *   // Such a field cannot be ordered or filtered by either, which would tell its values.
 *   mask: { email: 'hidden' },
 * },
 */
export const hooks = defineHooks<StreamedModels>()({});

/** Services of your own beside the generated ones, such as an RPC that writes. */
export function ownServices(_options: StreamServiceOptions<StreamedModels>): StreamService[] {
  return [];
}
`;
}
