import {
  type EnumModel,
  type Field,
  pascalCase,
  type SchemaModel,
  type StreamModel,
  snakeCase,
} from '../model/index.js';
import { enumFilterName, enumValueName, namesOf, propertyOf } from './names/names.js';
import { SHARED_NAMES } from './text/filter-messages.js';

/** A name that a model or an enum cannot have in the proto or in the generated code. */
interface NameClash {
  /** The models to leave out: one, or those that use an enum. */
  readonly models: readonly string[];
  /** One line that says which names clash, and what to do. */
  readonly reason: string;
}

/** A name in the proto or in the generated code, with its owner. */
interface Claim {
  readonly name: string;
  /** Such as `the key of model "Book"`. */
  readonly owner: string;
  /** The model, the enum or the field that the name comes from. */
  readonly source: string;
}

/**
 * Finds names that differ in the schema but are the same in the proto or in the generated code. Of two that clash, the one that clients
 * know already keeps its name, or else the one that the schema declares first.
 *
 * @param isKnown Whether clients know a model or an enum.
 */
export function nameClashes(schema: SchemaModel, isKnown: (unit: StreamModel | EnumModel) => boolean): NameClash[] {
  const units = unitsOf(schema);
  const known = units.filter(({ declared }) => isKnown(declared));
  const taken = new Map<string, Claim>();
  return [...known, ...units.filter((unit) => !known.includes(unit))].flatMap((unit) => {
    const reasons = [...unit.problems, ...clashesWith(taken, unit.claims)];
    if (reasons.length === 0) for (const claim of unit.claims) taken.set(claim.name, claim);
    return reasons.map((reason) => ({ models: unit.models, reason }));
  });
}

/** A model with every name that comes from it, or an enum with its values. */
interface Unit {
  readonly declared: StreamModel | EnumModel;
  readonly models: readonly string[];
  readonly claims: readonly Claim[];
  /** Clashes within it and with reserved names. */
  readonly problems: readonly string[];
}

function unitsOf({ models, enums }: SchemaModel): Unit[] {
  const users = (name: string) => models.filter(({ fields }) => fields.some((field) => uses(field, name)));
  const shared = enums.filter(({ name }) => users(name).length > 0);
  return [
    ...shared.map((declared) => ({
      declared,
      models: users(declared.name).map(({ name }) => name),
      claims: enumClaims(declared),
      problems: [...clashesAmong(enumClaims(declared), enumReason), ...reservedEnum(declared).map(reservedReason)],
    })),
    ...models.map((declared) => ({
      declared,
      models: [declared.name],
      claims: modelClaims(declared),
      problems: [
        ...fieldClashes(declared),
        ...[...reservedClaims(declared), ...fileClaims(declared, shared)].map(reservedReason),
      ],
    })),
  ];
}

function uses({ type }: Field, name: string): boolean {
  return type.kind === 'enum' && type.enum === name;
}

const enumReason = (name: string) =>
  `would both be ${name} in the proto; rename a value (@map keeps what the database stores)`;

const scopeReason = (name: string) => `would both be ${name} in the proto; rename one in the schema${KEEP_TABLE}`;

const reservedReason = ({ name, owner }: Claim) =>
  `${owner} would be ${name}, which the generated code needs for itself; rename it${KEEP_TABLE}`;

/** Clashes with names that are taken already. Several clashes of the same two owners are reported once. */
function clashesWith(taken: ReadonlyMap<string, Claim>, claims: readonly Claim[]): string[] {
  const pairs = claims.flatMap((claim) => [taken.get(claim.name) ?? [], claim].flat());
  return clashesAmong(
    pairs.filter(({ name }) => taken.has(name)),
    scopeReason,
  );
}

const KEEP_TABLE = ' (@@map keeps its name in the database)';
const KEEP_COLUMN = ' (@map keeps its column)';

function modelClaims(model: StreamModel): Claim[] {
  const { message, key, filter, order, partition, service, streamRows, streamBatches, partitionTable } = namesOf(model);
  const whole = `model "${model.name}"`;
  return [
    { name: message, owner: whole },
    { name: key, owner: `the key of ${whole}` },
    { name: filter, owner: `the filter of ${whole}` },
    { name: order, owner: `the orders of ${whole}` },
    { name: partition, owner: `a partition of ${whole}` },
    { name: partitionTable.request, owner: `the partitions of ${whole}` },
    { name: partitionTable.response, owner: `the partitions of ${whole}` },
    { name: service, owner: `the service of ${whole}` },
    { name: streamRows.request, owner: `the stream of ${whole}` },
    { name: streamBatches.request, owner: `the batches of ${whole}` },
    { name: streamBatches.response, owner: `a batch of ${whole}` },
  ].map((claim) => ({ ...claim, source: whole }));
}

/** In protobuf, the values of all enums of a package share one scope. */
function enumClaims({ name, values }: EnumModel): Claim[] {
  const whole = `enum "${name}"`;
  return [
    { name: pascalCase(name), owner: whole },
    { name: enumFilterName(pascalCase(name)), owner: `the filter of ${whole}` },
    { name: enumValueName(name, 'UNSPECIFIED'), owner: `the zero value of ${whole}` },
    ...values.map((value) => ({ name: enumValueName(name, value.name), owner: `value "${value.name}" of ${whole}` })),
  ].map((claim) => ({ ...claim, source: whole }));
}

function fieldClashes({ name: model, fields: columns, includes }: StreamModel): string[] {
  const fields = [...columns, ...includes];
  const owner = (name: string) => `field "${name}" of model "${model}"`;
  const inProto = fields.map(({ name }) => claimOf(snakeCase(name), owner(name)));
  const inCode = fields.map((field) => claimOf(propertyOf(field), owner(field.name)));
  const remedy = `rename one${KEEP_COLUMN}`;
  const clashes = clashesAmong(inProto, (name) => `would both be ${name} in the proto; ${remedy}`);
  // Fields with the same name in the proto have the same property, too: that is reported once.
  return clashes.length > 0 ? clashes : clashesAmong(inCode, (name) => `would both be ${name} in JSON; ${remedy}`);
}

/** Names that ts-proto's code uses, so that a type with the same name would break it. A test compares them with the installed ts-proto. */
export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  'BigInt',
  'BinaryReader',
  'BinaryWriter',
  'Buffer',
  'Builtin',
  'DeepPartial',
  'MessageFns',
  'Omit',
  'Partial',
  'ReadonlyArray',
  'Timestamp',
  'Uint8Array',
]);

/** Models whose names would clash in the generated code: `defineModel`, and `close` of the clients. */
const RESERVED_MODELS = new Set(['Define', 'Close']);

function reservedClaims(model: StreamModel): Claim[] {
  const name = pascalCase(model.name);
  return [
    ...(RESERVED_TYPES.has(name) || RESERVED_MODELS.has(name) ? [claimOf(name, `model "${model.name}"`)] : []),
    ...modelClaims(model).filter((claim) => SHARED_NAMES.includes(claim.name)),
  ];
}

function reservedEnum(model: EnumModel): Claim[] {
  const name = pascalCase(model.name);
  return [
    ...(RESERVED_TYPES.has(name) ? [claimOf(name, `enum "${model.name}"`)] : []),
    ...enumClaims(model).filter((claim) => SHARED_NAMES.includes(claim.name)),
  ];
}

function fileClaims({ name }: StreamModel, enums: readonly EnumModel[]): Claim[] {
  const files = ['streaming', ...(enums.length > 0 ? ['enums'] : [])];
  const file = snakeCase(name);
  return files.includes(file) ? [claimOf(`${file}.proto`, `model "${name}"`)] : [];
}

function claimOf(name: string, owner: string): Claim {
  return { name, owner, source: owner };
}

/** Two models with the same name clash in every name that comes from theirs: only the first clash is reported. */
function clashesAmong(claims: readonly Claim[], describe: (name: string) => string): string[] {
  const byName = new Map<string, Claim[]>();
  for (const claim of claims) byName.set(claim.name, [...(byName.get(claim.name) ?? []), claim]);
  const bySources = new Map<string, string>();
  for (const [name, group] of byName) {
    const sources = group.map(({ source }) => source).join();
    if (group.length < 2 || bySources.has(sources)) continue;
    bySources.set(sources, `${group.map(({ owner }) => owner).join(' and ')} ${describe(name)}`);
  }
  return [...bySources.values()];
}
