/** Prisma's scalar types, by Prisma's names. */
export type ScalarType = 'String' | 'Boolean' | 'Int' | 'BigInt' | 'Float' | 'Decimal' | 'DateTime' | 'Json' | 'Bytes';

/** What a field holds: a scalar, or a value of an enum. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | { readonly kind: 'enum'; readonly enum: string };

/** One column of a model. */
export interface Field {
  /** Prisma's name: the property of a row. */
  readonly name: string;
  /** The database column (`@map`). */
  readonly column: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly optional: boolean;
  /** Filled by the database or the client when absent: `autoincrement()`, `now()`, `uuid()`, a literal … */
  readonly hasDefault: boolean;
  /** The database numbers the rows by itself. */
  readonly autoincrement: boolean;
  /** The `@db.` type, such as `VarChar(40)`, where the schema names one. */
  readonly nativeType?: string;
  readonly documentation?: string;
  /** Sent although its name looks like a secret's (`@grpc.allow`). */
  readonly allowed?: true;
  /** The number that `@grpc.number(7)` asks for. */
  readonly number?: number;
}
