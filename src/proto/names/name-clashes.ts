import {
  type EnumModel,
  type Field,
  pascalCase,
  type SchemaModel,
  type StreamModel,
  snakeCase,
} from '../../model/index.js';
import { enumFilterName, SHARED_NAMES } from '../text/shared-file.js';
import { enumValueName, namesOf } from './names.js';
import { propertyOf } from './property-of.js';

/** A name that something of the schema takes in the generated code. */
interface Claim {
  readonly name: string;
  /** What takes it, such as `the key of model "Book"`. */
  readonly owner: string;
  /** The model, the enum or the field that it comes from. */
  readonly source: string;
}

/** Why something of the schema can have no name in the proto or in the generated code. */
export interface NameClash {
  /** The models that are left without names: one, or those that use an enum. */
  readonly models: readonly string[];
  /** One line that says what clashes, and what to do. */
  readonly reason: string;
}

/**
 * Names of a schema that differ in Prisma and would be one in the proto or in the generated code. Of two that clash, the one that
 * clients know already keeps its name, or else the one that the schema declares first.
 *
 * @param isKnown Whether clients have seen a model or an enum.
 * @returns One entry a clash; none when every name is free.
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

/** What is named as a whole: a model with everything that its name gives rise to, or an enum with its values. */
interface Unit {
  readonly declared: StreamModel | EnumModel;
  readonly models: readonly string[];
  readonly claims: readonly Claim[];
  /** What is wrong with it whatever else there is. */
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
      problems: [...clashesAmong(enumClaims(declared), inEnum), ...reservedEnum(declared).map(isReserved)],
    })),
    ...models.map((declared) => ({
      declared,
      models: [declared.name],
      claims: modelClaims(declared),
      problems: [
        ...fieldClashes(declared),
        ...[...reservedClaims(declared), ...fileClaims(declared, shared)].map(isReserved),
      ],
    })),
  ];
}

function uses({ type }: Field, name: string): boolean {
  return type.kind === 'enum' && type.enum === name;
}

const inEnum = (name: string) =>
  `would both be ${name} in the proto; rename a value (@map keeps what the database stores)`;

const inScope = (name: string) => `would both be ${name} in the proto; rename one in the schema${KEEP_TABLE}`;

const isReserved = ({ name, owner }: Claim) =>
  `${owner} would be ${name}, which the generated code needs for itself; rename it${KEEP_TABLE}`;

/** Clashes with what has its name already; two of one pair say it once. */
function clashesWith(taken: ReadonlyMap<string, Claim>, claims: readonly Claim[]): string[] {
  const pairs = claims.flatMap((claim) => [taken.get(claim.name) ?? [], claim].flat());
  return clashesAmong(
    pairs.filter(({ name }) => taken.has(name)),
    inScope,
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

/** The values of every enum of a package share one scope in protobuf. */
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
  // The two of one proto name are one property as well: that is told once.
  return clashes.length > 0 ? clashes : clashesAmong(inCode, (name) => `would both be ${name} in JSON; ${remedy}`);
}

/** Names that ts-proto's code uses for itself, so that a type of the same name breaks it. */
const RESERVED_TYPES = new Set([
  'BinaryReader',
  'BinaryWriter',
  'Buffer',
  'Builtin',
  'DeepPartial',
  'Math',
  'MessageFns',
  'Omit',
  'Partial',
  'ReadonlyArray',
  'Timestamp',
  'Uint8Array',
]);

/** Names that our own code uses beside those of models: `defineModel`, and `close` of the clients. */
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

/** Two models of one name clash in every name that comes from theirs: the first tells it all. */
function clashesAmong(claims: readonly Claim[], say: (name: string) => string): string[] {
  const byName = new Map<string, Claim[]>();
  for (const claim of claims) byName.set(claim.name, [...(byName.get(claim.name) ?? []), claim]);
  const bySources = new Map<string, string>();
  for (const [name, group] of byName) {
    const sources = group.map(({ source }) => source).join();
    if (group.length < 2 || bySources.has(sources)) continue;
    bySources.set(sources, `${group.map(({ owner }) => owner).join(' and ')} ${say(name)}`);
  }
  return [...bySources.values()];
}
