import { type StreamModel, wireNumbers } from '../../model/index.js';
import type { ModelNames } from '../names/names.js';
import type { NumberedNames } from '../numbers/field-lock.js';
import { CONSISTENCY, filterMessage } from './filter-messages.js';
import type { ProtoEnum, ProtoField, ProtoMessage, Reserved } from './proto-file.js';

interface RequestMessagesOptions {
  readonly model: StreamModel;
  readonly names: ModelNames;
  /** The message of a row; its fields are in the order of the model's. */
  readonly row: ProtoMessage;
  /** The orders of the model in the lock, including reserved ones. */
  readonly orders: NumberedNames;
}

const PARTITION = 'A part of the table that streams on its own: a range of its key.';

/** The messages of a model's service, except its row: keys, filters, requests, batches and partitions. */
export function requestMessages({ model, names, row, orders }: RequestMessagesOptions): ProtoMessage[] {
  const numbers = new Map(model.fields.map(({ name }, index) => [name, row.fields[index]?.number ?? 0]));
  const { batch, partitionResponse } = wireNumbers;
  return [
    keyMessage(model, names, row, orders),
    { ...filterMessage(model, names, numbers, row.reserved), isShared: true },
    message(names.partition, PARTITION, partitionFields(names)),
    message(names.streamRows.request, '', streamRequestFields(names)),
    message(names.streamBatches.request, '', batchRequestFields(names)),
    message(names.streamBatches.response, '', [repeated(names.batchField, batch.rows, names.message)]),
    message(names.partitionTable.request, '', partitionRequestFields(names)),
    message(names.partitionTable.response, '', [repeated('partitions', partitionResponse.partitions, names.partition)]),
  ];
}

/** The orders of a model. */
export function orderEnum(names: ModelNames, orders: NumberedNames, reserved: Reserved): ProtoEnum {
  const values = Object.values(orders.active).map(({ name, number }) => ({ name, number }));
  return {
    name: names.order,
    comment: `The orders of ${names.message} that an index serves.`,
    values: [{ name: `${names.orderPrefix}UNSPECIFIED`, number: 0 }, ...values.sort((a, b) => a.number - b.number)],
    reserved,
  };
}

/**
 * The position of a row. Its fields have the numbers of the row's, so that a row can be sent as its own position. The columns of other
 * orders are optional; they stay when the last such order is removed, since removing a field breaks clients that use it.
 */
function keyMessage(
  model: StreamModel,
  names: ModelNames,
  { fields, reserved }: ProtoMessage,
  orders: NumberedNames,
): ProtoMessage {
  const ordering = new Set([...Object.keys(orders.active), ...Object.keys(orders.reserved)].flatMap(columnsOf));
  const columns = model.fields.flatMap(({ name, column }, index): ProtoField[] => {
    const field = fields[index];
    if (!field) return [];
    if (model.key.fields.includes(name)) return [field];
    return ordering.has(column) ? [{ ...field, label: 'optional' }] : [];
  });
  const comment = [
    `The position of a row in a stream of ${names.message}: its key, and the columns of the order where that is not the key's.`,
    'A field that is null in the row stays unset.',
  ];
  return { name: names.key, comment: comment.join('\n'), fields: columns, reserved };
}

/** The columns of an order in the lock: `author_id desc, title desc` has `author_id` and `title`. */
function columnsOf(order: string): string[] {
  return order.split(', ').map((column) => column.replace(/ desc$/, ''));
}

/** The fields of both stream requests. */
function streamRequestFields(names: ModelNames): ProtoField[] {
  const { streamRequest } = wireNumbers;
  return [
    optional('filter', streamRequest.filter, names.filter, 'Which rows to send; unset sends all rows.'),
    optional(
      'read_mask',
      streamRequest.readMask,
      'google.protobuf.FieldMask',
      'Which fields to send, such as `title`; unset sends all fields. The columns of the order are always sent.',
    ),
    field('order', streamRequest.order, names.order, 'enum', 'Unspecified is the key, ascending.'),
    field('limit', streamRequest.limit, 'int64', 'scalar', 'Most rows to send; 0 sends all rows.'),
    optional(
      'after',
      streamRequest.after,
      names.key,
      'Starts after this position in the order. The position of the last row received resumes a broken stream.',
    ),
    optional(
      'partition',
      streamRequest.partition,
      names.partition,
      `Sends only the rows of this part, as ${names.partitionTable.method} returned it. Requires the order of the key, ascending.`,
    ),
    field('consistency', streamRequest.consistency, CONSISTENCY, 'enum', ''),
    hint('chunk_size', streamRequest.chunkSize, 'Rows per database round trip; 0 leaves it to the server.'),
    hint(
      'check_interval',
      streamRequest.checkInterval,
      'Rows between two checks for cancellation; 0 leaves it to the server.',
    ),
    field(
      'settled',
      streamRequest.settled,
      'bool',
      'scalar',
      'Sends only settled rows: no transaction that is still open can insert a row before them. A client that polls for new rows misses none.',
    ),
  ];
}

function batchRequestFields(names: ModelNames): ProtoField[] {
  const comment = 'Most rows in one message; 0 leaves it to the server.';
  return [...streamRequestFields(names), hint('batch_size', wireNumbers.streamRequest.batchSize, comment)];
}

/** A range of the key. An end that is unset is open. */
function partitionFields(names: ModelNames): ProtoField[] {
  const { partition } = wireNumbers;
  return [
    optional('after', partition.after, names.key, 'The last key of the previous part; that row is not in this part.'),
    optional('up_to', partition.upTo, names.key, 'The last key of this part.'),
  ];
}

function partitionRequestFields(names: ModelNames): ProtoField[] {
  const { partitionRequest } = wireNumbers;
  const comment = 'Number of parts. Fewer are returned when there are fewer rows, or when the server allows fewer.';
  return [
    field('count', partitionRequest.count, 'int32', 'scalar', comment),
    optional(
      'filter',
      partitionRequest.filter,
      names.filter,
      'Splits these rows into parts of similar size; unset splits all rows.',
    ),
  ];
}

function optional(name: string, number: number, type: string, comment: string): ProtoField {
  return { name, number, type, kind: 'message', label: 'optional', comment };
}

function hint(name: string, number: number, comment: string): ProtoField {
  return field(name, number, 'int32', 'scalar', comment);
}

function field(name: string, number: number, type: string, kind: 'scalar' | 'enum', comment: string): ProtoField {
  return { name, number, type, kind, label: 'required', comment };
}

function repeated(name: string, number: number, type: string): ProtoField {
  return { name, number, type, kind: 'message', label: 'repeated', comment: '' };
}

function message(name: string, comment: string, fields: readonly ProtoField[]): ProtoMessage {
  return { name, comment, fields, reserved: { numbers: [], names: [] }, isShared: true };
}
