import type { Metadata } from '@grpc/grpc-js';
import { InternalError } from '../../errors/index.js';
import type { Row } from '../rows/chunk-source.js';
import { callContext, type Principal } from './call-context.js';

/** The part of grpc-js's call that hooks are told of. */
export interface AdmittedCall {
  readonly metadata: Metadata;
  getPath(): string;
}

/** What a call that was let in may see. */
export interface Admission {
  /** The rows that may be seen, as Prisma's `where`; none for every row. */
  readonly scope?: object | undefined;
  /** Null hides the row. */
  readonly mapRow?: ((row: Row) => Row | null) | undefined;
}

/**
 * Asks the hooks about a call: all of them let it in or none does, and what each of them narrows is narrowed.
 *
 * @throws What a hook throws; InternalError for a scope that would be none.
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

/** Prisma leaves out a condition whose value is undefined: a tenant that is not known would see the rows of all. */
function wholeScope(scope: unknown, model: string): object {
  if (typeof scope !== 'object' || scope === null) {
    throw new InternalError(`the scope of ${model} is ${String(scope)}; return {} where every row may be seen`);
  }
  const hole = undefinedIn(scope, 'scope');
  if (hole === undefined) return scope;
  throw new InternalError(`${hole} of ${model} is undefined, which Prisma takes for no condition at all`);
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
   * The rows that the caller may see, as Prisma's `where`: every read adds it to what the request asks for; `{}` is every row. With
   * conditions on relations, rows come through Prisma's client, which is slower. A value that is undefined is refused, since Prisma would take it for no condition at all.
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
