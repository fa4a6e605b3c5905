import type { DatabaseProvider, Key } from '../model/index.js';
import type { DmmfField, DmmfModel } from './dmmf.js';

/** How the schema declares what is streamed. */
export type ModelKind = 'model' | 'view';

export interface KeyChoice {
  readonly kind: ModelKind;
  readonly provider: DatabaseProvider;
  /** Fields that are never sent. */
  readonly omitted: readonly string[];
}

/**
 * The order to stream a model in: its id, or else its first unique constraint whose columns are never null.
 *
 * @returns The key, or one line that says why there is none.
 */
export function chooseKey(model: DmmfModel, choice: KeyChoice): Key | string {
  const [id] = idsOf(model);
  const candidates: Key[] = [
    ...(id ? [{ fields: id, source: 'id' as const }] : []),
    ...uniqueConstraintsOf(model).map((fields) => ({ fields, source: 'unique' as const })),
  ].filter(({ fields }) => fields.every((name) => fieldOf(model, name)?.isRequired === true));
  const key = candidates.find(({ fields }) => fields.every((name) => obstacle(model, name, choice) === undefined));
  if (key) return key;
  const [refused] = candidates;
  return refused ? refusedReason(model, refused, choice) : noKeyReason(choice.kind, model.name);
}

/** Says that nothing tells two rows apart; a view has no `@id`. */
export function noKeyReason(kind: ModelKind, name: string): string {
  return `${kind} "${name}" has no unique, non-null key to stream by; add ${remedyFor(kind)}`;
}

function remedyFor(kind: ModelKind): string {
  return kind === 'view' ? '@unique or @@unique' : '@id or @@unique';
}

function refusedReason(model: DmmfModel, { fields }: Key, choice: KeyChoice): string {
  const reasons = fields.flatMap((name) => obstacle(model, name, choice) ?? []);
  const remedy = `add ${remedyFor(choice.kind)} over other columns`;
  return `${choice.kind} "${model.name}" has only the key ${fields.join(', ')}, but ${reasons.join(', and ')}; ${remedy}`;
}

/** Why rows cannot be read on from a value of this column; nothing when they can. */
function obstacle(model: DmmfModel, name: string, { provider, omitted }: KeyChoice): string | undefined {
  const field = fieldOf(model, name);
  if (!field) return `${name} is no column of it`;
  if (omitted.includes(name)) return `@grpc.omit keeps ${name} from the client, who must send it to resume`;
  if (isUncomparable(field)) return `Prisma cannot ask for the rows behind a value of ${name} (${field.type})`;
  if (isLessExactThanStored(field, provider))
    return `Prisma reads ${name} less exactly than the database stores it, so that rows would come twice or not at all`;
  return undefined;
}

/** Prisma compares neither bytes nor JSON by `gt`, and no lists. */
function isUncomparable({ isList, type }: DmmfField): boolean {
  return isList || type === 'Json' || type === 'Bytes';
}

/** Every unique constraint of a model, its id first. */
export function uniquesOf(model: DmmfModel): readonly (readonly string[])[] {
  return [...idsOf(model), ...uniqueConstraintsOf(model)];
}

function idsOf(model: DmmfModel): (readonly string[])[] {
  if (model.primaryKey) return [model.primaryKey.fields];
  return model.fields.filter((field) => field.isId).map((field) => [field.name]);
}

function uniqueConstraintsOf(model: DmmfModel): (readonly string[])[] {
  const single = model.fields.filter((field) => field.isUnique).map((field) => [field.name]);
  return [...single, ...model.uniqueFields];
}

function fieldOf(model: DmmfModel, name: string): DmmfField | undefined {
  return model.fields.find((field) => field.name === name);
}

/** Prisma's dates are JavaScript's: whole milliseconds. */
const MILLISECONDS = 3;

/**
 * Whether a column may hold what Prisma's value of it does not: microseconds, the zone of a time, or the digits of a `float4`, which are others as a
 * `float8`. A stream that goes on behind such a value finds the same row again.
 */
export function isLessExactThanStored(field: DmmfField, provider: DatabaseProvider): boolean {
  const [native, args] = field.nativeType ?? [];
  if (field.type === 'Float') return isSinglePrecision(native, args ?? [], provider);
  if (field.type !== 'DateTime') return false;
  // It is ordered by its zone as well, which Prisma's value does not have.
  if (native === 'Timetz') return true;
  return fractionDigits(native, args?.[0], provider) > MILLISECONDS;
}

function isSinglePrecision(native: string | undefined, args: readonly string[], provider: DatabaseProvider): boolean {
  if (native === 'Real' || native === 'Float4') return true;
  if (native !== 'Float') return false;
  // SQL Server's Float has 53 bits unless told otherwise.
  return provider === 'mysql' || (args[0] !== undefined && Number(args[0]) <= 24);
}

/** Digits behind the second that a column of dates or times keeps. */
function fractionDigits(native: string | undefined, argument: string | undefined, provider: DatabaseProvider): number {
  if (argument !== undefined) return Number(argument);
  switch (native) {
    case 'Date':
    case 'SmallDateTime':
      return 0;
    case 'Timestamp':
    case 'Timestamptz':
    case 'Time':
      return provider === 'mysql' ? 0 : 6;
    case 'DateTime':
      // MySQL's holds none; SQL Server's holds thirds of a hundredth of a second.
      return provider === 'mysql' ? 0 : 7;
    case 'DateTime2':
    case 'DateTimeOffset':
      return 7;
    default:
      // What Prisma makes without a native type: datetime2 in SQL Server, milliseconds elsewhere.
      return provider === 'sqlserver' ? 7 : MILLISECONDS;
  }
}
