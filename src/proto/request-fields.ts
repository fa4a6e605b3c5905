import type { ModelNames } from './names.js';
import type { ProtoField } from './proto-file.js';

/**
 * Field numbers of every stream request. 1 to 3 are kept for filter, read mask and order, 6 and 7 for partition and
 * consistency, so that they can be added without moving anything.
 */
export const requestNumbers = { limit: 4, after: 5, chunkSize: 8, checkInterval: 9, batchSize: 10 } as const;

/** What both requests have. */
export function requestFields(names: ModelNames): ProtoField[] {
  return [
    scalar('limit', requestNumbers.limit, 'int64', 'Most rows to send; 0 sends all.'),
    {
      name: 'after',
      number: requestNumbers.after,
      type: names.key,
      kind: 'message',
      label: 'optional',
      comment: 'Starts behind the row with this key: the key of the last row received resumes a broken stream.',
    },
    scalar('chunk_size', requestNumbers.chunkSize, 'int32', 'Rows a database round trip; 0 leaves it to the server.'),
    scalar(
      'check_interval',
      requestNumbers.checkInterval,
      'int32',
      'Rows between two looks at cancellation; 0 leaves it to the server.',
    ),
  ];
}

/** What only a batch request has. */
export function batchRequestFields(names: ModelNames): ProtoField[] {
  const comment = 'Most rows in one message; 0 leaves it to the server.';
  return [...requestFields(names), scalar('batch_size', requestNumbers.batchSize, 'int32', comment)];
}

function scalar(name: string, number: number, type: string, comment: string): ProtoField {
  return { name, number, type, kind: 'scalar', label: 'required', comment };
}
