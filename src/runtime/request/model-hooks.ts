import type { Metadata } from '@grpc/grpc-js';
import type { Row } from '../rows/chunk-source.js';
import type { Principal } from './call-context.js';

/** A call, as hooks see it. */
export interface HookCall {
  /** Prisma's name of the model, such as `Book`. */
  readonly model: string;
  /** Such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  /** What the caller sent in front of the request. */
  readonly metadata: Metadata;
  /** Who calls, where the server authenticates. */
  readonly principal: Principal | undefined;
}

/**
 * What happens around the calls of a model: for every RPC alike, so that none is a way past it.
 *
 * @example
 * const hooks: ModelHooks = {
 *   authorize: ({ principal }) => {
 *     if (principal) return;
 *     throw new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });
 *   },
 *   scope: ({ principal }) => ({ tenantId: tenantOf(principal) }),
 *   mapRow: (row) => ({ ...row, email: 'hidden' }),
 * };
 */
export interface ModelHooks {
  /**
   * Lets a call in by returning. Throw a `StreamError` with UNAUTHENTICATED or PERMISSION_DENIED to refuse it; anything else that is
   * thrown becomes INTERNAL, with the details in the server's log.
   */
  readonly authorize?: (call: HookCall) => void | Promise<void>;
  /**
   * The rows that the caller may see, as Prisma's `where`: every read adds it to what the request asks for; `{}` is every row. Rows
   * then come through Prisma's client. A value that is undefined is refused, since Prisma would take it for no condition at all.
   */
  readonly scope?: (call: HookCall) => object | Promise<object>;
  /**
   * Changes a row before it is written, or hides it by returning null. Only the fields that the request asks for are there; those that
   * the order goes by always keep their values. A filter still sees what the database holds: a secret belongs under `@grpc.omit`.
   */
  readonly mapRow?: (row: Row, call: HookCall) => Row | null;
}

/** Hooks by Prisma's property of the client, such as `book`; those of `*` come first, for every model. */
export type ServiceHooks<Models> = { readonly '*'?: ModelHooks } & { readonly [Model in keyof Models]?: ModelHooks };
