import type { Row } from './chunk-source.js';
import type { RowReader } from './keyset-source.js';

/** A property that no delegate has: it only carries types to those of hooks. */
declare const hookable: unique symbol;

/**
 * A reader of rows, as generated code types it.
 *
 * @typeParam Field The fields that hooks may mask or change: all but those of the key.
 * @typeParam Delegate The model of the project's Prisma client, which knows the types of its fields and its `where`.
 * @typeParam Key The fields of the key.
 */
export interface HookableReader<Field extends string, Delegate = unknown, Key extends string = never>
  extends RowReader {
  readonly [hookable]?: { readonly field: Field; readonly delegate: Delegate; readonly key: Key };
}

/** The fields that hooks may mask or change; any name, where the fields are not known. */
export type FieldsOf<Reader> = Reader extends HookableReader<infer Field, unknown, string> ? Field : string;

/** Prisma's `where` of the model. */
export type WhereOf<Reader> = FactsOf<Reader> extends { readonly where: infer Where } ? Where : object;

/** A row as hooks get it: all columns, and those relations that the request reads. */
export type HookRow<Reader> =
  FactsOf<Reader> extends { readonly columns: infer Columns; readonly relations: infer Relations }
    ? { readonly [Name in keyof Columns]: Columns[Name] } & {
        readonly [Name in keyof Relations]?: RelatedRows<Relations[Name]>;
      }
    : Row;

/** A row as `mapRow` may return it. What it leaves out, or sets to null, is left out of the message. */
export type MappedRow<Reader> =
  FactsOf<Reader> extends { readonly columns: infer Columns; readonly relations: infer Relations }
    ? { readonly [Name in keyof Columns]?: SentValue<Columns[Name]> | null | undefined } & {
        readonly [Name in keyof Relations]?: RelatedRows<Relations[Name]> | null | undefined;
      }
    : Row;

/** The type of one field in a row; unknown, where the types are not known. */
export type FieldValue<Reader, Name> =
  HookRow<Reader> extends infer Known ? (Name extends keyof Known ? Known[Name] : unknown) : never;

/** A value that a field of this type can hold in a message: also what is exact in another form. */
export type SentValue<Value> = unknown extends Value
  ? unknown
  : Value extends bigint
    ? bigint | number
    : Value extends Date | Uint8Array | string | number | boolean | null
      ? Value
      : Value extends DecimalLike
        ? Value | string
        : Value extends readonly (infer Item)[]
          ? Item extends JsonLike
            ? readonly Item[]
            : readonly unknown[]
          : Value extends object
            ? { readonly [property: string]: unknown }
            : Value;

/** Items of a list whose type is simple enough to check. */
type JsonLike = string | number | bigint | boolean | Date | Uint8Array | DecimalLike;

/** Prisma's Decimal. */
export interface DecimalLike {
  toDecimalPlaces(): unknown;
  toFixed(): string;
}

type RelatedRows<Payload> = Payload extends readonly unknown[] ? readonly Row[] : Row | null;

/** What Prisma's client says of the model; unknown, where the reader is not of a Prisma client. */
type FactsOf<Reader> =
  Reader extends HookableReader<infer Field, infer Delegate, infer Key>
    ? IsAny<Delegate> extends true
      ? unknown
      : Delegate extends PrismaDelegate<infer Columns, infer Relations, infer Arguments>
        ? {
            readonly where: 'where' extends keyof Arguments ? NonNullable<Arguments['where']> : object;
            readonly columns: Pick<Columns, Extract<keyof Columns, Field | Key>>;
            readonly relations: Pick<Relations, Extract<keyof Relations, Field>>;
          }
        : unknown
    : unknown;

/** How Prisma's own `Prisma.Args` and `Prisma.Result` find the types of a model. */
interface PrismaDelegate<Columns, Relations, Arguments> {
  readonly [name: symbol]: {
    readonly types: {
      readonly payload: { readonly scalars: Columns; readonly objects: Relations };
      readonly operations: { readonly findMany: { readonly args: Arguments } };
    };
  };
}

type IsAny<T> = 0 extends 1 & T ? true : false;
