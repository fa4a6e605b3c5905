import type { Metadata } from '@grpc/grpc-js';
import type { Row } from '../rows/chunk-source.js';
import type {
  DecimalLike,
  FieldsOf,
  FieldValue,
  HookRow,
  MappedRow,
  SentValue,
  WhereOf,
} from '../rows/hookable-reader.js';
import type { Principal } from './call-context.js';

/** A call, as hooks see it. */
export interface HookCall {
  /** Prisma's name of the model whose rows are read, such as `Book`: the one that the method streams, or one whose rows its rows include. */
  readonly model: string;
  /** Such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  /** The metadata that the caller sent. */
  readonly metadata: Metadata;
  /** The caller, if the server authenticates. */
  readonly principal: Principal | undefined;
}

/**
 * Functions that run for the calls of a model. They belong to the model: they run for every RPC that reads its rows, and wherever rows of
 * other models include its rows.
 *
 * @typeParam Field The fields that may be masked or changed: all but those of the key, after which clients resume.
 * @typeParam Reader The reader of the model in the generated `StreamedModels`, which knows the types of its fields.
 *
 * @example
 * const hooks: ModelHooks<'email' | 'phone'> = {
 *   authorize: ({ principal }) => {
 *     if (principal) return;
 *     throw new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });
 *   },
 *   scope: ({ principal }) => ({ tenantId: tenantOf(principal) }),
 *   mask: { email: 'hidden', phone: (phone) => String(phone).slice(-2) },
 * };
 *
 */
export interface ModelHooks<Field extends string = string, Reader = unknown> extends SharedHooks<Field, Reader> {
  /**
   * What the caller sees in place of fields: a value, a function that makes one from the true value and the row, or null to leave the field
   * out. Or a function that returns this for the call. The caller cannot order or filter by a masked field, so that nothing tells its value;
   * a field whose mask is a value is not even read. A relation can only be left out.
   */
  readonly mask?: Mask<Field, Reader> | ((call: HookCall) => Mask<Field, Reader> | Promise<Mask<Field, Reader>>);
}

/** Hooks that can be those of all models. */
export interface SharedHooks<Field extends string = string, Reader = unknown> {
  /**
   * Lets a call in by returning. Throw a `StreamError` with UNAUTHENTICATED or PERMISSION_DENIED to refuse it; any other error becomes
   * INTERNAL, with the details in the server's log. A call whose rows include those of other models is refused when one of these refuses it;
   * a request whose read mask leaves the relation out does not ask them.
   */
  readonly authorize?: (call: HookCall) => void | Promise<void>;
  /**
   * The rows that the caller may see, as Prisma's `where`: every read adds it to what the request asks for; `{}` is every row. With
   * conditions on relations, rows are read through Prisma's client, which is slower. A value that is undefined is an error, since Prisma
   * would ignore the condition.
   */
  readonly scope?: (call: HookCall) => WhereOf<Reader> | Promise<WhereOf<Reader>>;
  /**
   * Changes a row before it is written, or hides it by returning null. The row has all columns, as `mask` leaves them; of relations, only
   * those that the request reads. The fields of the key always keep their values.
   *
   * Say in `changes` which fields it may change. Without that, the caller cannot order or filter by any field but those of the key.
   */
  mapRow?(row: HookRow<Reader>, call: HookCall): MappedRow<Reader> | null;
  /**
   * The fields that `mapRow` may change, `[]` for none: the caller cannot order or filter by these. A change of any other field ends the
   * call with INTERNAL.
   */
  readonly changes?: readonly Field[] | ((call: HookCall) => readonly Field[]);
}

/** What a caller sees in place of fields. */
export type Mask<Field extends string = string, Reader = unknown> = {
  readonly [Name in Field]?: MaskedValue<FieldValue<Reader, Name>, HookRow<Reader>>;
};

/** A value as Prisma's client returns it, or a function that makes one. */
export type MaskedValue<Value = unknown, SeenRow = Row> =
  | null
  | (unknown extends Value ? AnyValue : SentValue<Value>)
  | MaskFunction<Value, SeenRow>;

type AnyValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | DecimalLike
  | readonly unknown[]
  | { readonly [property: string]: unknown };

/** As a method, whose parameters TypeScript compares both ways: hooks that know the fields are also hooks of any model. */
type MaskFunction<Value, SeenRow> = {
  mask(value: Value, row: SeenRow): SentValue<Value> | null | undefined;
}['mask'];

/** Hooks by the property of the Prisma client, such as `book`; the hooks of `*` run first, for every model. */
export type ServiceHooks<Models> = { readonly '*'?: SharedHooks } & {
  readonly [Model in keyof Models]?: ModelHooks<FieldsOf<Models[Model]>, Models[Model]> | Inherited<Model>;
};

/** What every object has by that name, for a model with a name such as `constructor`: objects without its hooks have it, too. */
// biome-ignore lint/complexity/noBannedTypes: the members that every object inherits.
type Inherited<Name> = Name extends keyof Object ? Object[Name] : never;
