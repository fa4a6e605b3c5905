import { wireNumbers } from '../../model/index.js';
import type { ModelNames } from '../names/names.js';
import type { ProtoField } from './proto-file.js';
import { CONSISTENCY } from './shared-file.js';

const { streamRequest, partition, partitionRequest } = wireNumbers;

/** What both requests have. */
export function requestFields(names: ModelNames): ProtoField[] {
  return [
    message('filter', streamRequest.filter, names.filter, 'Which rows to send; without it, all of them.'),
    message(
      'read_mask',
      streamRequest.readMask,
      'google.protobuf.FieldMask',
      'Which fields to send, such as `title`; without it, all of them. What the order goes by is always sent.',
    ),
    field('order', streamRequest.order, names.order, 'enum', 'Unspecified is the key, ascending.'),
    field('limit', streamRequest.limit, 'int64', 'scalar', 'Most rows to send; 0 sends all.'),
    message(
      'after',
      streamRequest.after,
      names.key,
      'Starts behind this place in the order: that of the last row received resumes a broken stream.',
    ),
    message(
      'partition',
      streamRequest.partition,
      names.partition,
      `Sends the rows of this part only, as ${names.partitionTable.method} gave it. Goes with the key's own order, ascending.`,
    ),
    field('consistency', streamRequest.consistency, CONSISTENCY, 'enum', ''),
    hint('chunk_size', streamRequest.chunkSize, 'Rows a database round trip; 0 leaves it to the server.'),
    hint(
      'check_interval',
      streamRequest.checkInterval,
      'Rows between two looks at cancellation; 0 leaves it to the server.',
    ),
  ];
}

/** What only a batch request has. */
export function batchRequestFields(names: ModelNames): ProtoField[] {
  const comment = 'Most rows in one message; 0 leaves it to the server.';
  return [...requestFields(names), hint('batch_size', streamRequest.batchSize, comment)];
}

/** A range of the key: where it is open, nothing is set. */
export function partitionFields(names: ModelNames): ProtoField[] {
  return [
    message('after', partition.after, names.key, 'The last key of the part before; that row is not in this one.'),
    message('up_to', partition.upTo, names.key, 'The last key of this part.'),
  ];
}

/** What a request for partitions has. */
export function partitionRequestFields(names: ModelNames): ProtoField[] {
  const comment = 'Into how many parts; fewer come back when there are fewer rows, or when the server allows no more.';
  return [
    field('count', partitionRequest.count, 'int32', 'scalar', comment),
    message(
      'filter',
      partitionRequest.filter,
      names.filter,
      'Makes parts of like size among these rows; without it, among all.',
    ),
  ];
}

function message(name: string, number: number, type: string, comment: string): ProtoField {
  return { name, number, type, kind: 'message', label: 'optional', comment };
}

function hint(name: string, number: number, comment: string): ProtoField {
  return field(name, number, 'int32', 'scalar', comment);
}

function field(name: string, number: number, type: string, kind: 'scalar' | 'enum', comment: string): ProtoField {
  return { name, number, type, kind, label: 'required', comment };
}
