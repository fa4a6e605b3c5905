import type { Metadata } from '@grpc/grpc-js';
import { InternalError } from '../../errors/index.js';
import type { Row } from '../rows/chunk-source.js';
import { callContext, type Principal } from './call-context.js';

/** The part of grpc-js's call that hooks use. */
export interface AdmittedCall {
  readonly metadata: Metadata;
  getPath(): string;
}

/** The rows that an admitted call may see. */
export interface Admission {
  /** The rows that may be seen, as Prisma's `where`; none for every row. */
  readonly scope?: object | undefined;
  /** Null hides the row. */
  readonly mapRow?: ((row: Row) => Row | null) | undefined;
}

/**
 * Runs the hooks for a call. Every hook must let the call in, and the restrictions of all of them apply.
 *
 * @throws The error of a hook; InternalError for a scope that would not restrict anything.
 */
export async function admitCall(caller: AdmittedCall, model: string, hooks: readonly ModelHooks[]): Promise<Admission> {
  const { metadata } = caller;
  const principal = callContext(caller)?.principal;
  const call: HookCall = { model, method: caller.getPath().slice(1), metadata, principal };
  for (const { authorize } of hooks) await authorize?.(call);
  const scopes: object[] = [];
  for (const { scope } of hooks) if (scope) scopes.push(wholeScope(await scope(call), model));
  const maps = hooks.flatMap(({ mapRow }) => mapRow ?? []);
  return {
    scope: scopes.length > 0 ? { AND: scopes } : undefined,
    mapRow: maps.length > 0 ? (row) => mapped(row, maps, call) : undefined,
  };
}

function mapped(row: Row, maps: readonly NonNullable<ModelHooks['mapRow']>[], call: HookCall): Row | null {
  let current: Row | null = row;
  for (const map of maps) if (current !== null) current = map(current, call);
  return current;
}

/** Prisma ignores a condition whose value is undefined: an unknown tenant would see the rows of all tenants. */
function wholeScope(scope: unknown, model: string): object {
  if (typeof scope !== 'object' || scope === null) {
    throw new InternalError(`the scope of ${model} is ${String(scope)}; return {} where every row may be seen`);
  }
  const hole = undefinedIn(scope, 'scope');
  if (hole === undefined) return scope;
  throw new InternalError(`${hole} of ${model} is undefined, which Prisma ignores as a condition`);
}

/** The path of the first value that is undefined. */
function undefinedIn(value: unknown, path: string): string | undefined {
  if (value === undefined) return path;
  if (!isPlain(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const hole = undefinedIn(inner, `${path}.${key}`);
    if (hole !== undefined) return hole;
  }
  return undefined;
}

/** Dates, decimals and bytes are values, not conditions. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** A call, as hooks see it. */
export interface HookCall {
  /** Prisma's name of the model, such as `Book`. */
  readonly model: string;
  /** Such as `library.v1.BookStreamService/StreamBooks`. */
  readonly method: string;
  /** The metadata that the caller sent. */
  readonly metadata: Metadata;
  /** The caller, if the server authenticates. */
  readonly principal: Principal | undefined;
}

/**
 * Functions that run for the calls of a model. They run for every RPC, so that no RPC bypasses them.
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
 *
 */
export interface ModelHooks {
  /**
   * Lets a call in by returning. Throw a `StreamError` with UNAUTHENTICATED or PERMISSION_DENIED to refuse it; any other error becomes
   * INTERNAL, with the details in the server's log.
   */
  readonly authorize?: (call: HookCall) => void | Promise<void>;
  /**
   * The rows that the caller may see, as Prisma's `where`: every read adds it to what the request asks for; `{}` is every row. With
   * conditions on relations, rows are read through Prisma's client, which is slower. A value that is undefined is an error, since Prisma
   * would ignore the condition.
   */
  readonly scope?: (call: HookCall) => object | Promise<object>;
  /**
   * Changes a row before it is written, or hides it by returning null. The row has only the fields that the request asks for; the fields of
   * the order always keep their values. A filter still sees the database's values: use `@grpc.omit` for a secret.
   */
  readonly mapRow?: (row: Row, call: HookCall) => Row | null;
}

/** Hooks by the property of the Prisma client, such as `book`; the hooks of `*` run first, for every model. */
export type ServiceHooks<Models> = { readonly '*'?: ModelHooks } & { readonly [Model in keyof Models]?: ModelHooks };
