import type { Field, StreamModel } from '../model/index.js';
import { GENERATED_HEADER, namesOf, propertyOf } from '../proto/index.js';
import { codecImport } from './stream-file.js';

/** The file with a typed client for every service. */
export function clientFile(models: readonly StreamModel[], packageName: string): string {
  const imports = models.map(
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
${models.map(client).join('\n')}
    /** Ends the connection, and with it every stream over it. */
    close: () => connection.channel.close(),
  };
}
`;
}

function client(model: StreamModel): string {
  const { service, streamRows, streamBatches, partitionTable, batchField } = namesOf(model);
  const facts = [
    `definition: ${service}Definition`,
    `rows: '${streamRows.property}'`,
    `batches: '${streamBatches.property}'`,
    `batchField: '${propertyOf({ name: batchField })}'`,
    `partitions: '${partitionTable.property}'`,
    `key: { ${keyColumns(model).join(', ')} }`,
  ];
  return `    ${model.delegate}: modelClient(
      {
${facts.map((fact) => `        ${fact},`).join('\n')}
      },
      connection,
    ),`;
}

function keyColumns({ key, fields }: StreamModel): string[] {
  const columns = key.fields.flatMap((name) => fields.filter((field) => field.name === name));
  return columns.map((field) => `${propertyOf(field)}: { type: '${typeOf(field)}' }`);
}

function typeOf({ type }: Field): string {
  return type.kind === 'scalar' ? type.scalar : 'enum';
}
