import { type DatabaseProvider, isReadExactly, type Key } from '../model/index.js';
import { type DmmfField, type DmmfModel, noKeyReason } from './prisma-parser.js';

interface KeyChoice {
  readonly kind: 'model' | 'view';
  readonly provider: DatabaseProvider;
  /** Fields that are never sent. */
  readonly omitted: readonly string[];
}

/**
 * Chooses the key to stream a model by: its id, or else its first unique constraint whose columns are never null.
 *
 * @returns The key, or one line that says why there is none.
 */
export function chooseKey(model: DmmfModel, choice: KeyChoice): Key | string {
  const [id] = idsOf(model);
  const candidates: Key[] = [
    ...(id ? [{ fields: id, source: 'id' as const }] : []),
    ...uniqueConstraintsOf(model).map((fields) => ({ fields, source: 'unique' as const })),
  ].filter(({ fields }) => fields.every((name) => fieldOf(model, name)?.isRequired === true));
  const isReadable = ({ fields }: Key, exactly: boolean) =>
    fields.every((name) => obstacle(model, name, { ...choice, exactly }) === undefined);
  // A key whose values even Prisma's client returns whole comes first, so that a key in use never changes.
  const key =
    candidates.find((it) => isReadable(it, false)) ??
    candidates.find((it) => isReadable(it, isReadExactly(choice.provider)));
  if (key) return key;
  const [refused] = candidates;
  return refused ? refusedReason(model, refused, choice) : noKeyReason(choice.kind, model.name);
}

function refusedReason(model: DmmfModel, { fields }: Key, choice: KeyChoice): string {
  const exactly = isReadExactly(choice.provider);
  const reasons = fields.flatMap((name) => obstacle(model, name, { ...choice, exactly }) ?? []);
  const remedy = `add ${choice.kind === 'view' ? '@unique' : '@id'} or @@unique over other columns`;
  return `${choice.kind} "${model.name}" has only the key ${fields.join(', ')}, but ${reasons.join(', and ')}; ${remedy}`;
}

interface Reading extends KeyChoice {
  /** Whether values are read in the database's own form, rather than through Prisma's client. */
  readonly exactly: boolean;
}

/** The reason why a stream cannot continue after a value of this column; undefined when it can. */
function obstacle(model: DmmfModel, name: string, { provider, omitted, exactly }: Reading): string | undefined {
  const field = fieldOf(model, name);
  if (!field) return `${name} is not one of its columns`;
  if (omitted.includes(name)) return `@grpc.omit hides ${name}, which a client must send to resume`;
  if (isUncomparable(field, exactly)) return `Prisma cannot select the rows after a value of ${name} (${field.type})`;
  if (isLessPreciseThanStored(field, provider, exactly))
    return `Prisma reads ${name} less precisely than the database stores it, so rows would be sent twice or not at all`;
  return undefined;
}

/** Prisma has no `gt` for bytes; nothing has one for JSON and lists. */
function isUncomparable({ isList, type }: DmmfField, exactly: boolean): boolean {
  return isList || type === 'Json' || (type === 'Bytes' && !exactly);
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

/** Prisma returns dates as JavaScript dates, which have whole milliseconds. */
const MILLISECONDS = 3;

/**
 * Whether a column may store more than Prisma's value of it shows: microseconds, the zone of a time, or a `float4`, which reads differently as a
 * `float8`. A stream that continues after such a value would find the same row again.
 */
function isLessPreciseThanStored(field: DmmfField, provider: DatabaseProvider, exactly: boolean): boolean {
  const [native, args] = field.nativeType ?? [];
  // The database also orders by the zone, which is lost on the wire.
  if (native === 'Timetz') return true;
  if (exactly) return false;
  if (field.type === 'Float') return isSinglePrecision(native, args ?? [], provider);
  if (field.type !== 'DateTime') return false;
  return fractionDigits(native, args?.[0], provider) > MILLISECONDS;
}

function isSinglePrecision(native: string | undefined, args: readonly string[], provider: DatabaseProvider): boolean {
  if (native === 'Real' || native === 'Float4') return true;
  if (native !== 'Float') return false;
  // SQL Server's Float has 53 bits unless an argument says fewer.
  return provider === 'mysql' || (args[0] !== undefined && Number(args[0]) <= 24);
}

/** Digits of a second's fraction that a column of dates or times stores. */
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
      // MySQL stores no fraction by default; SQL Server stores thirds of a hundredth of a second.
      return provider === 'mysql' ? 0 : 7;
    case 'DateTime2':
    case 'DateTimeOffset':
      return 7;
    default:
      // Prisma's default type: datetime2 in SQL Server, milliseconds elsewhere.
      return provider === 'sqlserver' ? 7 : MILLISECONDS;
  }
}
