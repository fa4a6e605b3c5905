import type { ScalarType } from '../model/index.js';

/** One field of a row on the wire. */
export interface ModelField {
  /** The row's property. */
  readonly name: string;
  /** The database column, when it differs. */
  readonly column?: string;
  /** The message's property in TypeScript, when it differs. */
  readonly property?: string;
  readonly number: number;
  readonly type: ScalarType | 'enum';
  /** The `@db.` type, such as `Uuid`, where the schema names one. */
  readonly native?: string;
  /** Numbers of an enum's values by Prisma's name, in the order in which the database sorts them. */
  readonly values?: Readonly<Record<string, number>>;
  /** What the database holds for an enum's value, where `@map` says so. */
  readonly stored?: Readonly<Record<string, string>>;
  readonly list?: boolean;
  readonly optional?: boolean;
}
