import {
  type DatabaseProvider,
  type Field,
  type Include,
  type ModelApi,
  pascalCase,
  type StreamModel,
  snakeCase,
} from '../../model/index.js';
import {
  enumNamesOf,
  fieldNameOf,
  fileNameOf,
  includeLockKeyOf,
  knownPrefix,
  namesOf,
  orderValueName,
  plural,
  propertyOf,
  typeNameOf,
} from '../names/names.js';
import { streamOrders } from '../names/stream-orders.js';
import { entriesOf, type LockedNames, recordOf } from '../numbers/field-lock.js';
import {
  byPrecedence,
  type Claim,
  type Claimant,
  candidatesOf,
  fileClaim,
  firstFree,
  freeName,
  NameScope,
  type Naming,
  type Variant,
} from './name-scope.js';

export interface ModelUnit extends Claimant {
  readonly declared: StreamModel;
  readonly entry: LockedNames | undefined;
}

/** Gives a model and its fields names that no other has. */
export function nameModel(unit: ModelUnit, naming: Naming): StreamModel {
  const { api: _, ...declared } = { ...unit.declared, ...nameMembers(unit, naming) };
  const api = firstFree(unit, apisOf(unit), (value) => modelClaims({ ...declared, api: value }), naming);
  return api === undefined || Object.keys(api).length === 0 ? declared : { ...declared, api };
}

/** What is a plural already was called a list in earlier versions: clients that know `StreamUsersList` keep it. */
function* apisOf(unit: ModelUnit): Generator<Variant<ModelApi>> {
  const { declared, entry } = unit;
  for (const name of candidatesOf(unit, '')) {
    const own: ModelApi = name === pascalCase(declared.name) ? {} : { name };
    const isPlural = plural(name) === name;
    const isKnownAsList = isPlural && entry?.name === name && entry.plural === undefined;
    if (!isKnownAsList) yield { name, value: own };
    if (isPlural) yield { name, value: { ...own, plural: `${name}List` } };
  }
}

function modelClaims(model: StreamModel): Claim[] {
  const { message, key, filter, order, partition, service, streamRows, streamBatches, partitionTable } = namesOf(model);
  const whole = `model "${model.name}"`;
  return [
    ...[...new Set([message, typeNameOf(message)])].map((name) => ({ name, owner: whole })),
    { name: fileClaim(fileNameOf(model)), owner: `the file of ${whole}` },
    { name: key, owner: `the key of ${whole}` },
    { name: filter, owner: `the filter of ${whole}` },
    { name: order, owner: `the orders of ${whole}` },
    { name: enumNamesOf({ name: order, api: { name: order } }).zero, owner: `the orders of ${whole}` },
    { name: partition, owner: `a partition of ${whole}` },
    { name: partitionTable.request, owner: `the partitions of ${whole}` },
    { name: partitionTable.response, owner: `the partitions of ${whole}` },
    { name: service, owner: `the service of ${whole}` },
    { name: streamRows.request, owner: `the stream of ${whole}` },
    { name: streamBatches.request, owner: `the batches of ${whole}` },
    { name: streamBatches.response, owner: `a batch of ${whole}` },
  ];
}

interface Member extends Claimant {
  readonly key: string;
}

/** Fields have a scope of their own, in which names in the proto and in JSON must differ. */
function nameMembers(unit: ModelUnit, { renamed }: Naming): Pick<StreamModel, 'fields' | 'includes'> {
  const { declared, entry } = unit;
  const keys = new Set([...declared.fields.map(({ column }) => column), ...declared.includes.map(includeLockKeyOf)]);
  // A column that was renamed in the database alone goes on under its name in the API.
  const gone = new Set(Object.entries(entry?.active ?? {}).flatMap(([key, { name }]) => (keys.has(key) ? [] : name)));
  const members = [
    ...declared.fields.map((field) => memberOf(unit, field, field.column, field.column)),
    ...declared.includes.map((include) => memberOf(unit, include, includeLockKeyOf(include), include.name)),
  ].map((member) => ({ ...member, locked: member.locked ?? (gone.has(member.wanted) ? member.wanted : undefined) }));
  const naming = { scope: new NameScope([]), renamed };
  const names = new Map<string, string>();
  for (const member of byPrecedence(members)) {
    const name = freeName(member, (candidate) => fieldClaims(candidate, member.owner), naming);
    if (name !== undefined) names.set(member.key, name);
  }
  const named = <T extends Field | Include>(member: T, key: string): T => {
    const name = names.get(key) ?? fieldNameOf(member);
    return name === fieldNameOf(member) ? member : { ...member, apiName: name };
  };
  return {
    fields: declared.fields.map((field) => named(field, field.column)),
    includes: declared.includes.map((include) => named(include, includeLockKeyOf(include))),
  };
}

function memberOf(
  { declared, entry, location }: ModelUnit,
  member: Field | Include,
  key: string,
  stored: string,
): Member {
  return {
    key,
    owner: `field "${member.name}" of model "${declared.name}"`,
    wanted: fieldNameOf(member),
    isAsked: member.apiName !== undefined,
    locked: entry?.active[key]?.name,
    stored: snakeCase(stored),
    location,
  };
}

function fieldClaims(name: string, owner: string): Claim[] {
  const property = propertyOf({ name, apiName: name });
  return [...new Set([name, property])].map((each) => ({ name: each, owner }));
}

/**
 * Names the orders of a model, whose fields have their names already: the order by `a` and `b` and that by a column `a_then_b` would have
 * the same.
 *
 * @param entry The model's orders in the lock.
 */
export function nameOrders(
  declared: StreamModel,
  provider: DatabaseProvider,
  entry: LockedNames | undefined,
  naming: Naming,
): StreamModel {
  const model = withKnownPrefix(declared, entry);
  const { file, line } = model;
  const prefix = orderValueName(model, '');
  const names = recordOf<string>([]);
  const orders = streamOrders(model, provider).map(({ id, name }) => ({
    id,
    owner: `the order by ${id} of model "${model.name}"`,
    wanted: name,
    isAsked: false,
    locked: entry?.active[id]?.name.replace(prefix, ''),
    stored: name,
    location: { file, line },
  }));
  for (const order of byPrecedence(orders)) {
    const claims = (name: string) => [{ name: `${prefix}${name}`, owner: order.owner }];
    const name = freeName(order, claims, naming);
    if (name !== undefined && name !== order.wanted) names[order.id] = name;
  }
  return Object.keys(names).length === 0 ? model : { ...model, api: { ...model.api, orders: names } };
}

function withKnownPrefix(model: StreamModel, entry: LockedNames | undefined): StreamModel {
  const { order, orderPrefix } = namesOf(model);
  if (entry?.name !== order) return model;
  const known = knownPrefix(
    order,
    Object.values(entriesOf(entry)).map(({ name }) => name),
  );
  return known === orderPrefix ? model : { ...model, api: { ...model.api, orderPrefix: known } };
}
