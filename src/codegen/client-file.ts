import type { SchemaModel, StreamModel } from '../model/index.js';
import { GENERATED_HEADER, namesOf } from '../proto/index.js';
import { clientFacts } from './client-facts.js';
import { codecImport } from './stream-file.js';

/** The file with a typed client for every service. */
export function clientFile(schema: SchemaModel, packageName: string): string {
  const imports = schema.models.map(
    (model) => `import { ${namesOf(model).service}Definition } from '${codecImport(model, packageName)}';`,
  );
  return `${GENERATED_HEADER}
import { type ChannelOptions, connect, modelClient } from 'grpc-stream/client';
${imports.sort().join('\n')}

/**
 * Typed clients of every service over one connection. \`stream\` resumes by itself when it breaks; the other methods are one call each.
 *
 * @param address Such as \`localhost:50051\`.
 */
export function createClients(address: string, options?: ChannelOptions) {
  const connection = connect(address, options);
  return {
${schema.models.map((model) => client(model, schema)).join('\n')}
    /** Ends the connection, and with it every stream over it. */
    close: () => connection.channel.close(),
  };
}
`;
}

function client(model: StreamModel, { provider }: SchemaModel): string {
  const { key, ...names } = clientFacts(model, provider);
  const lines = [
    `definition: ${namesOf(model).service}Definition`,
    ...Object.entries(names).map(([name, value]) => `${name}: '${value}'`),
    'key: {',
    ...Object.entries(key).map(([column, { type, optional }]) => {
      return `  ${column}: { type: '${type}'${optional ? ', optional: true' : ''} }`;
    }),
    '}',
  ];
  return `    ${model.delegate}: modelClient(
      {
${lines.map((line) => `        ${line}${line.endsWith('{') ? '' : ','}`).join('\n')}
      },
      connection,
    ),`;
}
