import { type EnumModel, pascalCase, type SchemaModel, type StreamModel, snakeCase } from '../model/index.js';
import { enumValueName, namesOf } from './names.js';
import { propertyOf } from './property-of.js';
import { enumFilterName, SHARED_NAMES } from './shared-file.js';

/** A name that something of the schema takes in the generated code. */
interface Claim {
  readonly name: string;
  /** What takes it, such as `the key of model "Book"`. */
  readonly owner: string;
  /** The model, the enum or the field that it comes from. */
  readonly source: string;
}

/**
 * Names of a schema that differ in Prisma and would be one in the proto or in the generated code, each with what to do.
 *
 * @returns One line a clash; none when every name is free.
 */
export function nameClashes({ models, enums }: SchemaModel): string[] {
  const used = new Set(
    models.flatMap(({ fields }) => fields.map(({ type }) => (type.kind === 'enum' ? type.enum : ''))),
  );
  const shared = enums.filter(({ name }) => used.has(name));
  const names = [...models.flatMap(modelClaims), ...shared.flatMap(enumClaims)];
  return [
    ...clashesAmong(names, (name) => `would both be ${name} in the proto; rename one in the schema${KEEP_TABLE}`),
    ...models.flatMap(fieldClashes),
    ...[...models.flatMap(reservedClaims), ...shared.flatMap(reservedEnum), ...fileClaims(models, shared)].map(
      ({ name, owner }) =>
        `${owner} would be ${name}, which the generated code needs for itself; rename it${KEEP_TABLE}`,
    ),
  ];
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

function fieldClashes({ name: model, fields }: StreamModel): string[] {
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
  'Partial',
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

function fileClaims(models: readonly StreamModel[], enums: readonly EnumModel[]): Claim[] {
  const files = new Set(['streaming', ...(enums.length > 0 ? ['enums'] : [])]);
  const taken = models.filter(({ name }) => files.has(snakeCase(name)));
  return taken.map(({ name }) => claimOf(`${snakeCase(name)}.proto`, `model "${name}"`));
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
