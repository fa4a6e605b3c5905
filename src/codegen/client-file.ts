import type { StreamModel } from '../model/index.js';
import { GENERATED_HEADER, namesOf } from '../proto/index.js';
import { codecImport } from './stream-file.js';

/** The file with a typed client for every service. */
export function clientFile(models: readonly StreamModel[], packageName: string): string {
  const imports = models.map(
    (model) => `import { ${namesOf(model).service}Definition } from '${codecImport(model, packageName)}';`,
  );
  const clients = models.map(
    (model) => `    ${model.delegate}: createClient(${namesOf(model).service}Definition, channel),`,
  );
  return `${GENERATED_HEADER}
import { type ChannelOptions, createClient, openChannel } from 'grpc-stream/client';
${imports.sort().join('\n')}

/**
 * Typed clients of every service over one connection.
 *
 * @param address Such as \`localhost:50051\`.
 */
export function createClients(address: string, options?: ChannelOptions) {
  const channel = openChannel(address, options);
  return {
${clients.join('\n')}
    /** Ends the connection, and with it every stream over it. */
    close: () => channel.close(),
  };
}
`;
}
