import type { StreamModel } from '../model/index.js';
import { GENERATED_HEADER } from '../proto/index.js';
import { serviceFunctionName, streamFileName } from './stream-file.js';

/** The file that gathers every model's service. */
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

/** One service a model, behind your hooks, and your own: ready for \`server.addService(service.definition, service.implementation)\`. */
export function createServices(options: StreamServiceOptions<StreamedModels>): StreamService[] {
  const hooked = { hooks, ...options };
  return ${listOf([...models.map((model) => `${serviceFunctionName(model)}(hooked)`), '...ownServices(hooked)'])};
}
`;
}

/** As long as formatters let a line be. */
const LINE_WIDTH = 80;

function listOf(items: readonly string[]): string {
  const line = `[${items.join(', ')}]`;
  if (`  return ${line};`.length <= LINE_WIDTH) return line;
  return `[\n${items.map((item) => `    ${item},\n`).join('')}  ]`;
}
