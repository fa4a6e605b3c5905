import type { ServiceFacts } from '../../client/calls.js';
import type { DecimalDigits, ReadField, ReadModel } from '../../client/reflection/reflected-model.js';
import { clientFacts } from '../../codegen/index.js';
import { type Field, type IndexColumn, isUnsigned, type SchemaModel, type StreamModel } from '../../model/index.js';
import { fieldNameOf, orderValueName, propertyOf, streamOrders, valueNameOf } from '../../proto/index.js';

/**
 * A model of a schema.
 *
 * @param definition The generated description of its service.
 */
export function modelOfSchema(
  model: StreamModel,
  schema: SchemaModel,
  definition: ServiceFacts['definition'],
): ReadModel {
  return {
    name: model.name,
    fields: model.fields.map((field) => fieldOf(field, schema)),
    orders: new Map(ordersOf(model, schema).map(([text, name]) => [text, orderValueName(model, name)])),
    facts: { definition, ...clientFacts(model, schema.provider) },
  };
}

/** The orders of a model as `--order` takes them. */
export function orderTexts(model: StreamModel, schema: Pick<SchemaModel, 'provider'>): readonly string[] {
  return ordersOf(model, schema).map(([text]) => text);
}

function ordersOf(model: StreamModel, { provider }: Pick<SchemaModel, 'provider'>) {
  return streamOrders(model, provider).map(({ id, name, columns }) => {
    // The columns of the key follow to make a position unique; a request does not name them.
    const asked = columns.slice(0, id.split(', ').length);
    return [asked.map(textOf).join(', '), name] as const;
  });
}

function textOf({ field, direction }: IndexColumn): string {
  return direction === 'desc' ? `${field} desc` : field;
}

function fieldOf(field: Field, schema: SchemaModel): ReadField {
  const { name, type, list, optional } = field;
  const base = { name, apiName: fieldNameOf(field), property: propertyOf(field), list, optional };
  if (type.kind === 'scalar') {
    const digits = type.scalar === 'Decimal' ? digitsOf(field) : undefined;
    return {
      ...base,
      type: type.scalar,
      ...(isUnsigned(field.nativeType) ? { unsigned: true } : {}),
      ...(digits ? { digits } : {}),
    };
  }
  const model = schema.enums.find((each) => each.name === type.enum);
  return {
    ...base,
    type: 'enum',
    values: new Map(model?.values.map((value) => [value.name, valueNameOf(model, value)])),
  };
}

/** The database holds these columns to their digits. */
function digitsOf({ nativeType = '' }: Field): DecimalDigits | undefined {
  const [, precision, scale] = (/^Decimal\((\d+),(\d+)\)$/.exec(nativeType) ?? []).map(Number);
  return precision === undefined || scale === undefined ? undefined : { precision, scale };
}
