import type { ScalarType } from '../../model/index.js';
import type { ByteWriter } from './byte-writer.js';

/** One field of a row on the wire. */
export interface ModelField {
  /** The row's property. */
  readonly name: string;
  /** The database column, when it differs. */
  readonly column?: string;
  /** The message's property in TypeScript, when it differs. */
  readonly property?: string;
  readonly number: number;
  readonly type: ScalarType | 'enum' | 'row';
  /** The `@db.` type, such as `Uuid`, where the schema names one. */
  readonly native?: string;
  /** Numbers of an enum's values by Prisma's name, in the order in which the database sorts them. */
  readonly values?: Readonly<Record<string, number>>;
  /** What the database stores for an enum's value, where the schema has `@map`. */
  readonly stored?: Readonly<Record<string, string>>;
  /** The model of the rows that a relation leads to. */
  readonly row?: NestedRow;
  readonly list?: boolean;
  readonly optional?: boolean;
}

/** The part of a relation's model that reads and writes its rows. */
export interface NestedRow {
  readonly key: readonly { readonly field: string }[];
  readonly select: Select;
  readonly encode: (writer: ByteWriter, row: Readonly<Record<string, unknown>>) => void;
}

/** Prisma's `select`. */
export type Select = Readonly<Record<string, true | { readonly select: Select; readonly orderBy?: readonly object[] }>>;
