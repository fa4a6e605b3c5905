import { isDeepStrictEqual } from 'node:util';
import type { Metadata } from '@grpc/grpc-js';
import { InternalError, StreamError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import type { Row } from '../rows/chunk-source.js';
import { fieldsRead, type RowView, type RowViews } from '../rows/row-view.js';
import { callContext } from './call-context.js';
import type { HookCall, Mask, ModelHooks } from './hooks.js';
import { wholeScope } from './whole-scope.js';

/** The part of grpc-js's call that hooks use. */
export interface AdmittedCall {
  readonly metadata: Metadata;
  getPath(): string;
}

/** The part of a model that hooks decide about: a streamed model, or one whose rows others include. */
export interface HookedModel {
  readonly name: string;
  readonly delegate: string;
  readonly key: readonly { readonly field: string }[];
  readonly fields: readonly ModelField[];
}

export interface AdmitCallOptions<Request> {
  readonly model: HookedModel;
  readonly hooksOf: (model: HookedModel) => readonly ModelHooks[];
  /** Reads the request, once the hooks of the model have let the call in. */
  readonly parse: (view: RowView) => Request;
}

/**
 * Runs the hooks for a call. Every hook must let the call in, and the restrictions of all of them apply. The hooks of other models run when
 * the request reads their rows.
 *
 * @throws The error of a hook; InternalError for a hook that would restrict less than it says.
 */
export async function admitCall<Request extends { readonly fields: readonly ModelField[] | undefined }>(
  caller: AdmittedCall,
  { model, hooksOf, parse }: AdmitCallOptions<Request>,
): Promise<Request & { readonly views: RowViews }> {
  const view = await viewFor(caller, model, hooksOf(model));
  const request = parse(view);
  const views = new Map([[model.name, view]]);
  const open = [...fieldsRead(request.fields ?? model.fields, view)];
  for (let field = open.pop(); field; field = open.pop()) {
    const { row, name } = field;
    if (!row) continue;
    const related = views.get(row.name) ?? (await viewFor(caller, row, hooksOf(row)).catch(throwFor(name)));
    views.set(row.name, related);
    open.push(...fieldsRead(row.fields, related));
  }
  return { ...request, views };
}

/** A caller who may not see the rows of a relation may still see the rest. */
function throwFor(relation: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StreamError)) throw error;
    const { retryAfterMs, ...options } = error;
    throw new StreamError(error.code, `${error.message} (the rows include ${relation}: leave it out of read_mask)`, {
      ...options,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      cause: error,
    });
  };
}

async function viewFor(caller: AdmittedCall, model: HookedModel, hooks: readonly ModelHooks[]): Promise<RowView> {
  const { metadata } = caller;
  const principal = callContext(caller)?.principal;
  const call: HookCall = { model: model.name, method: caller.getPath().slice(1), metadata, principal };
  for (const { authorize } of hooks) await authorize?.(call);
  const scopes: object[] = [];
  for (const { scope } of hooks) if (scope) scopes.push(wholeScope(await scope(call), model));
  const masks: Mask[] = [];
  for (const { mask } of hooks) if (mask) masks.push(validMask(await askedFor(mask, call), model));
  const masked = Object.entries(Object.assign({}, ...masks));
  const maps = [...functionMasks(masked), ...hooks.flatMap((hook) => rowMap(hook, call, model))];
  return {
    scope: scopes.length > 0 ? { AND: scopes } : undefined,
    constants: Object.fromEntries(masked.filter(([, value]) => typeof value !== 'function')),
    map: maps.length > 0 ? (row) => mapped(row, maps) : undefined,
    unseen: new Set([...masked.map(([name]) => name), ...hooks.flatMap((hook) => changeable(hook, call, model))]),
  };
}

function askedFor<T>(value: T | ((call: HookCall) => T | Promise<T>), call: HookCall): T | Promise<T> {
  return typeof value === 'function' ? (value as (call: HookCall) => T | Promise<T>)(call) : value;
}

/**
 * Checks the masks of a model that do not depend on the call.
 *
 * @throws InternalError for a mask that would hide less than it says.
 */
export function assertMasks(hooks: readonly ModelHooks[], model: HookedModel): void {
  for (const { mask } of hooks) if (mask && typeof mask !== 'function') validMask(mask, model);
}

/** Whether a model has a `mapRow` of which nothing says what it changes. */
export function changesUnknown({ mapRow, changes }: ModelHooks): boolean {
  return mapRow !== undefined && changes === undefined;
}

/** A name that no field has would mask nothing. */
function validMask(mask: unknown, model: HookedModel): Mask {
  if (typeof mask !== 'object' || mask === null) {
    throw new InternalError(`the mask of ${model.name} is ${String(mask)}; return {} where every field may be seen`);
  }
  for (const [name, value] of Object.entries(mask)) {
    const field = maskable(name, model);
    if (value === undefined)
      throw new InternalError(`the mask of ${model.name}.${name} is undefined; null leaves it out`);
    if (field.type === 'row' && value !== null) {
      throw new InternalError(`the mask of ${model.name}.${name} must be null: a relation can only be left out`);
    }
  }
  return mask as Mask;
}

function maskable(name: string, { name: model, fields, key }: HookedModel): ModelField {
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new InternalError(`the mask of ${model} names ${name}, which is not one of its streamed fields`);
  if (!key.some(({ field }) => field === name)) return field;
  throw new InternalError(`the mask of ${model} names ${name}, a field of its key, after which clients resume`);
}

type RowMap = (row: Row) => Row | null;

/** Each function gets the true value, and the row with the true values of the fields that functions mask. */
function functionMasks(masked: readonly (readonly [name: string, value: unknown])[]): RowMap[] {
  const functions = masked.flatMap(([name, value]) => (typeof value === 'function' ? [[name, value] as const] : []));
  if (functions.length === 0) return [];
  return [
    (row) => ({ ...row, ...Object.fromEntries(functions.map(([name, value]) => [name, value(row[name], row)])) }),
  ];
}

/** What the first row inherits, all do: it refuses to be asked for relations that were not read. */
function mapped(row: Row, maps: readonly RowMap[]): Row | null {
  const prototype = Object.getPrototypeOf(row);
  let current: Row | null = row;
  for (const map of maps) {
    if (current === null) return null;
    const inherits = Object.getPrototypeOf(current) === prototype;
    current = map(inherits ? current : Object.assign(Object.create(prototype), current));
  }
  return current;
}

/** A `mapRow` that changes no field that its hook does not name. */
function rowMap(hook: ModelHooks, call: HookCall, model: HookedModel): RowMap[] {
  const { mapRow } = hook;
  if (!mapRow) return [];
  const allowed = changeable(hook, call, model);
  const fixed = model.fields.map(({ name }) => name).filter((name) => !allowed.includes(name));
  const settle = changesUnknown(hook) ? keeping : assertUnchanged;
  return [
    (row) => {
      const changed = mapRow(row, call);
      return changed && settle(row, changed, fixed, model.name);
    },
  ];
}

/** The fields that a hook may change: those that it names, or all but the key's. */
function changeable({ mapRow, changes }: ModelHooks, call: HookCall, { fields, key }: HookedModel): readonly string[] {
  if (!mapRow) return [];
  const named = typeof changes === 'function' ? changes(call) : changes;
  const names = fields.map(({ name }) => name).filter((name) => !key.some(({ field }) => field === name));
  return named ? names.filter((name) => named.includes(name)) : names;
}

function keeping(row: Row, changed: Row, fixed: readonly string[]): Row {
  return { ...changed, ...Object.fromEntries(fixed.map((name) => [name, row[name]])) };
}

function assertUnchanged(row: Row, changed: Row, fixed: readonly string[], model: string): Row {
  for (const name of fixed) {
    if (!Object.hasOwn(row, name)) continue;
    if (Object.is(row[name], changed[name]) || isDeepStrictEqual(row[name], changed[name])) continue;
    throw new InternalError(`mapRow of ${model} changed ${name}, which its \`changes\` do not name`);
  }
  return changed;
}
