import { namesOf } from '../../proto/index.js';

/** Full gRPC paths of a model's service, by the service's full name. */
export function streamMethods(service: string, model: string) {
  const { streamRows, streamBatches, partitionTable } = namesOf({ name: model });
  return {
    rows: `/${service}/${streamRows.method}`,
    batches: `/${service}/${streamBatches.method}`,
    partition: `/${service}/${partitionTable.method}`,
  };
}
