import { type StreamModel, wireNumbers } from '../../model/index.js';
import { enumValueName, type ModelNames } from '../names/names.js';
import type { NumberedNames } from '../numbers/field-lock.js';
import { filterMessage } from './filter-message.js';
import type { ProtoEnum, ProtoField, ProtoMessage, Reserved } from './proto-file.js';
import { batchRequestFields, partitionFields, partitionRequestFields, requestFields } from './request-fields.js';

export interface RequestMessagesOptions {
  readonly model: StreamModel;
  readonly names: ModelNames;
  /** The row's fields, in the order of the model's. */
  readonly row: ProtoMessage;
  /** The orders of the model in the lock, those that it had once among them. */
  readonly orders: NumberedNames;
}

const PARTITION = 'A part of the table that streams on its own: a range of its key.';

/** Everything that goes with a model's service beside its row: what can be asked, and how batches and partitions come back. */
export function requestMessages({ model, names, row, orders }: RequestMessagesOptions): ProtoMessage[] {
  const numbers = new Map(model.fields.map(({ name }, index) => [name, row.fields[index]?.number ?? 0]));
  return [
    keyMessage(model, names, row, orders),
    filterMessage(model, names, numbers, row.reserved),
    message(names.partition, PARTITION, partitionFields(names)),
    message(names.streamRows.request, '', requestFields(names)),
    message(names.streamBatches.request, '', batchRequestFields(names)),
    message(names.streamBatches.response, '', [repeated(names.batchField, wireNumbers.batch.rows, names.message)]),
    message(names.partitionTable.request, '', partitionRequestFields(names)),
    message(names.partitionTable.response, '', [
      repeated('partitions', wireNumbers.partitionResponse.partitions, names.partition),
    ]),
  ];
}

/** The orders of a model. */
export function orderEnum(names: ModelNames, orders: NumberedNames, reserved: Reserved): ProtoEnum {
  const values = Object.values(orders.active).map(({ name, number }) => ({ name, number }));
  return {
    name: names.order,
    comment: `The orders of ${names.message} that an index serves.`,
    values: [
      { name: enumValueName(names.order, 'UNSPECIFIED'), number: 0 },
      ...values.sort((a, b) => a.number - b.number),
    ],
    reserved,
  };
}

/**
 * The place of a row: its fields have the numbers of the row's, so that a row is its own place. What other orders go by is optional; it
 * stays when the last such order goes, since a field that leaves a message breaks those who use it.
 */
function keyMessage(
  model: StreamModel,
  names: ModelNames,
  { fields, reserved }: ProtoMessage,
  orders: NumberedNames,
): ProtoMessage {
  const ordering = new Set([...Object.keys(orders.active), ...Object.keys(orders.reserved)].flatMap(columnsOf));
  const places = model.fields.flatMap(({ name, column }, index): ProtoField[] => {
    const field = fields[index];
    if (!field) return [];
    if (model.key.fields.includes(name)) return [field];
    return ordering.has(column) ? [{ ...field, label: 'optional' }] : [];
  });
  const comment = [
    `Where a stream of ${names.message} stands: the key of a row, and for another order than the key's what that order goes by.`,
    'A field that is null in the row stays unset.',
  ];
  return { name: names.key, comment: comment.join('\n'), fields: places, reserved };
}

/** `author_id desc, title desc` goes by `author_id` and `title`. */
function columnsOf(order: string): string[] {
  return order.split(', ').map((column) => column.replace(/ desc$/, ''));
}

function repeated(name: string, number: number, type: string): ProtoField {
  return { name, number, type, kind: 'message', label: 'repeated', comment: '' };
}

function message(name: string, comment: string, fields: readonly ProtoField[]): ProtoMessage {
  return { name, comment, fields, reserved: { numbers: [], names: [] } };
}
