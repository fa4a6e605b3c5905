import { type ScalarType, snakeCase } from '../../model/index.js';
import type { ByteWriter } from './byte-writer.js';

/** One field of a row on the wire. */
export interface ModelField {
  /** The row's property. */
  readonly name: string;
  /** The database column, when it differs. */
  readonly column?: string;
  /** The message's property in TypeScript, when it differs. */
  readonly property?: string;
  /** The name in the proto, where it does not follow from Prisma's. */
  readonly apiName?: string;
  readonly number: number;
  readonly type: ScalarType | 'enum' | 'row';
  /** The `@db.` type, such as `Uuid`, where the schema names one. */
  readonly native?: string;
  /** Numbers of an enum's values by Prisma's name, in the order in which the database sorts them. */
  readonly values?: Readonly<Record<string, number>>;
  /** What the names of an enum's values begin with in the proto, such as `BOOK_STATUS_`. */
  readonly prefix?: string;
  /** Their names in the proto without that, by Prisma's, where they do not follow from it. */
  readonly apiNames?: Readonly<Record<string, string>>;
  /** What the database stores for an enum's value, where the schema has `@map`. */
  readonly stored?: Readonly<Record<string, string>>;
  /** The model of the rows that a relation leads to. */
  readonly row?: NestedRow;
  readonly list?: boolean;
  readonly optional?: boolean;
}

/** The name of a field in the proto. */
export function apiNameOf({ name, apiName = snakeCase(name) }: Pick<ModelField, 'name' | 'apiName'>): string {
  return apiName;
}

/** The part of a relation's model that reads and writes its rows. */
export interface NestedRow {
  /** Prisma's name of the model. */
  readonly name: string;
  /** The client's property. */
  readonly delegate: string;
  readonly key: readonly { readonly field: string }[];
  readonly fields: readonly ModelField[];
  readonly select: Select;
  readonly encode: (writer: ByteWriter, row: Readonly<Record<string, unknown>>) => void;
}

/** Prisma's `select`. */
export type Select = Readonly<
  Record<string, true | { readonly select: Select; readonly orderBy?: readonly object[]; readonly where?: object }>
>;
