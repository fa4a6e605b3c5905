/** A whole Prisma schema, parsed. */
export interface SchemaModel {
  readonly provider: DatabaseProvider;
  readonly models: readonly StreamModel[];
  /** Models that `@grpc.omit` excludes from streaming; other models may still point to their rows. */
  readonly omitted: readonly StreamModel[];
  readonly enums: readonly EnumModel[];
  readonly skipped: readonly SkippedModel[];
  /** Undefined when the schema has no generator of a Prisma client. */
  readonly client?: PrismaClientSource;
}

/** Where a Prisma client comes from. */
export interface PrismaClientSource {
  /** The name of the generator block. */
  readonly generator: string;
  /** What code imports the client from: an absolute path, or a package. */
  readonly module: string;
}

/** The databases that Prisma can describe; `grpc-stream` runs on the first four through driver adapters. */
export type DatabaseProvider = 'sqlite' | 'postgresql' | 'mysql' | 'cockroachdb' | 'sqlserver';

/** A model that can be streamed, as plain data: everything that generating and seeding need to know about it. */
export interface StreamModel {
  /** Prisma's name, such as `Book`. */
  readonly name: string;
  /** A view has rows, but none can be written. */
  readonly kind: 'model' | 'view';
  /** Where the schema declares it; the line counts from 1. */
  readonly file: string;
  readonly line: number;
  /** Its names in the API, where they are not those that follow from `name`. */
  readonly api?: ModelApi;
  /** The client's property, such as `book` in `prisma.book`. */
  readonly delegate: string;
  /** The database table (`@@map`), such as `books`. */
  readonly table: string;
  /** The database schema (`@@schema`), where the model names one. */
  readonly schema?: string;
  /** `///` comments, joined by newlines. */
  readonly documentation?: string;
  /** Scalar and enum fields that are streamed, in schema order; relations are not among them. */
  readonly fields: readonly Field[];
  /** Columns that `@grpc.omit` excludes from every stream. Only `seed` uses them. */
  readonly omitted: readonly Field[];
  /** Relations that are sent with every row, in schema order. */
  readonly includes: readonly Include[];
  readonly key: Key;
  /** Every unique constraint, the primary key first, as lists of Prisma field names. */
  readonly uniques: readonly (readonly string[])[];
  /** Every index that can return rows in order, including those of the key and of the unique constraints. */
  readonly indexes: readonly (readonly IndexColumn[])[];
  readonly relations: readonly Relation[];
  /** Required columns without a default that nobody can write (`Unsupported`, or with `@ignore`): the table can have no new row. */
  readonly unwritable?: readonly string[];
}

/** Names of a model in the API that `@grpc.name` asks for, that clients know already, or that were free when another one was not. */
export interface ModelApi {
  /** The name of its message. */
  readonly name?: string;
  /** The plural in the names of its methods and of the field of a batch. */
  readonly plural?: string;
  /** What the names of its orders begin with. */
  readonly orderPrefix?: string;
  /** Names of orders, without what all begin with, by their columns. */
  readonly orders?: Readonly<Record<string, string>>;
}

/** A model that cannot be streamed, with the reason. */
export interface SkippedModel {
  readonly name: string;
  /** The database table, and its database schema where the model names one. */
  readonly table: string;
  readonly schema?: string;
  /** One line that says why and what to do, such as `model "Event" has no unique, …`. */
  readonly reason: string;
  readonly file: string;
  readonly line: number;
}

/** One column of a model. */
export interface Field {
  /** Prisma's name: the property of a row. */
  readonly name: string;
  /** The database column (`@map`). */
  readonly column: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly optional: boolean;
  /** The database or the client fills it when it is absent: `autoincrement()`, `now()`, `uuid()`, a literal … */
  readonly hasDefault: boolean;
  /** The schema says `autoincrement()`. */
  readonly autoincrement: boolean;
  /** The `@db.` type, such as `VarChar(40)`, where the schema names one. */
  readonly nativeType?: string;
  readonly documentation?: string;
  /** Its name in the proto, where it is not the one that follows from `name`. */
  readonly apiName?: string;
  /** `@grpc.allow`: sent although its name looks like that of a secret. */
  readonly allowed?: true;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number;
}

/** The type of a field: a scalar or an enum. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | {
      readonly kind: 'enum';
      readonly enum: string;
      /** The enum's names in the API, where they are not those that follow from its name. */
      readonly api?: EnumApi;
    };

/** Prisma's scalar types, by Prisma's names. */
export type ScalarType = 'String' | 'Boolean' | 'Int' | 'BigInt' | 'Float' | 'Decimal' | 'DateTime' | 'Json' | 'Bytes';

/**
 * The columns that a stream is ordered by: unique and never null, so that "the rows after this one" has one meaning.
 * The key of the last row received is the resume token.
 */
export interface Key {
  /** Prisma field names, most significant first. */
  readonly fields: readonly string[];
  /** The constraint that it comes from. */
  readonly source: 'id' | 'unique';
}

/** One column of an order or of an index. */
export interface IndexColumn {
  /** Prisma's field name. */
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/** A foreign key that this model holds. */
export interface Relation {
  readonly name: string;
  /** Prisma names of this model's own columns. */
  readonly fields: readonly string[];
  readonly references: { readonly model: string; readonly fields: readonly string[] };
  readonly optional: boolean;
}

/** A relation whose rows are sent inside this model's own (`@grpc.include`). */
export interface Include {
  /** Prisma's name of the relation: the property of a row. */
  readonly name: string;
  /** The model that it leads to. */
  readonly model: string;
  /** Its names in the API, where they are not those that follow from its name. */
  readonly modelApi?: ModelApi;
  readonly list: boolean;
  readonly documentation?: string;
  /** Its name in the proto, where it is not the one that follows from `name`. */
  readonly apiName?: string;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number;
}

/** A Prisma enum. */
export interface EnumModel {
  readonly name: string;
  /** Its names in the API, where they are not those that follow from `name`. */
  readonly api?: EnumApi;
  /** The database's name for it (`@@map`), when it differs. */
  readonly stored?: string;
  /** Where the schema declares it; the line counts from 1. */
  readonly file: string;
  readonly line: number;
  readonly documentation?: string;
  readonly values: readonly EnumValue[];
}

/** Names of an enum in the API, as those of a model. */
export interface EnumApi {
  readonly name?: string;
  /** What the names of its values begin with. */
  readonly prefix?: string;
  /** The name, without what all values begin with, of the value 0, which protobuf demands and no row has. */
  readonly zero?: string;
}

/** One value of an enum: the name in the client and the value in the database (`@map`). */
export interface EnumValue {
  readonly name: string;
  readonly stored: string;
  readonly documentation?: string;
  /** Its name in the proto without what all begin with, where it is not the one that follows from `name`. */
  readonly apiName?: string;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number;
}

/**
 * Whether rows are read in the database's own form, so that a stream goes on after any value exactly; elsewhere values pass through Prisma's
 * client, which changes some of them.
 */
export function isReadExactly(provider: DatabaseProvider): boolean {
  return provider === 'sqlite' || provider === 'postgresql' || provider === 'mysql';
}

/**
 * Whether a column may hold one value in several forms, as dates of SQLite do: a comparison is then a calculation on every row, which no index
 * serves.
 */
export function hasSeveralForms(type: string, provider: DatabaseProvider | undefined): boolean {
  return provider === 'sqlite' && type === 'DateTime';
}

/** MySQL's unsigned integers and PostgreSQL's Oid: their larger half does not fit the signed type of the same width. */
const UNSIGNED = /^(UnsignedInt|UnsignedBigInt|Oid)$/;

/** Whether a native type, such as `UnsignedBigInt`, needs an unsigned type on the wire. */
export function isUnsigned(native: string | undefined): boolean {
  return native !== undefined && UNSIGNED.test(native);
}
