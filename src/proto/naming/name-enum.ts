import { type EnumApi, type EnumModel, type EnumValue, pascalCase, screamingSnakeCase } from '../../model/index.js';
import { enumNamesOf, knownPrefix, typeNameOf } from '../names/names.js';
import { entriesOf, type LockedNames } from '../numbers/field-lock.js';
import {
  byPrecedence,
  type Claim,
  type Claimant,
  candidatesOf,
  firstFree,
  freeName,
  type Naming,
  type Variant,
} from './name-scope.js';

export interface EnumUnit extends Claimant {
  readonly declared: EnumModel;
  readonly entry: LockedNames | undefined;
}

/** Gives an enum and its values names that no other has. */
export function nameEnum(unit: EnumUnit, naming: Naming): EnumModel {
  const { api: _, ...declared } = unit.declared;
  const free = firstFree(unit, apisOf(unit), (api) => enumClaims(declared, api), naming) ?? {};
  const named = withKnownPrefix(declared, free, unit.entry);
  // The zero value of an enum that clients know stays as it is; that of a new one gives way to its values.
  const known = unit.entry === undefined ? undefined : withZero(unit, named, naming);
  const values = nameValues({ ...declared, api: known ?? named }, unit, naming);
  const api = known ?? withZero(unit, named, naming);
  return Object.keys(api).length === 0 ? { ...declared, values } : { ...declared, api, values };
}

function* apisOf(unit: EnumUnit): Generator<Variant<EnumApi>> {
  for (const name of candidatesOf(unit, ''))
    yield { name, value: name === pascalCase(unit.declared.name) ? {} : { name } };
}

function withKnownPrefix(declared: EnumModel, api: EnumApi, entry: LockedNames | undefined): EnumApi {
  const { type, prefix } = enumNamesOf({ ...declared, api });
  const known = entry?.name === type ? prefixIn(entry) : prefix;
  return known === prefix ? api : { ...api, prefix: known };
}

function prefixIn({ name, ...entries }: LockedNames): string {
  return knownPrefix(
    name,
    Object.values(entriesOf(entries)).map((entry) => entry.name),
  );
}

function enumClaims(declared: EnumModel, api: EnumApi): Claim[] {
  const { type, filter } = enumNamesOf({ ...declared, api });
  const whole = `enum "${declared.name}"`;
  return [
    ...[...new Set([type, typeNameOf(type)])].map((name) => ({ name, owner: whole })),
    { name: filter, owner: `the filter of ${whole}` },
  ];
}

const ZERO = 'UNSPECIFIED';

function withZero({ declared, entry }: EnumUnit, api: EnumApi, { scope }: Naming): EnumApi {
  const { prefix } = enumNamesOf({ ...declared, api });
  const owner = `the zero value of enum "${declared.name}"`;
  for (const zero of zerosOf(entry)) {
    const claims = [{ name: `${prefix}${zero}`, owner }];
    if (entry === undefined && scope.clashOf(claims)) continue;
    scope.take(claims);
    return zero === ZERO ? api : { ...api, zero };
  }
  return api;
}

/** `buf lint` wants their end. */
function* zerosOf(entry: LockedNames | undefined): Generator<string> {
  if (entry !== undefined) return yield entry.zero ?? ZERO;
  yield ZERO;
  yield `NONE_${ZERO}`;
  for (let number = 2; ; number++) yield `NONE_${number}_${ZERO}`;
}

/** In protobuf, the values of all enums of a package share one scope. */
function nameValues(model: EnumModel, { entry, location }: EnumUnit, naming: Naming): readonly EnumValue[] {
  const { prefix } = enumNamesOf(model);
  const prefixBefore = entry === undefined ? prefix : prefixIn(entry);
  const names = new Map<string, string>();
  const members = model.values.map((value) => ({
    value: value.name,
    owner: `value "${value.name}" of enum "${model.name}"`,
    wanted: value.apiName ?? screamingSnakeCase(value.name),
    isAsked: value.apiName !== undefined,
    locked: entry?.active[value.stored]?.name.replace(prefixBefore, ''),
    stored: screamingSnakeCase(value.stored),
    location,
  }));
  for (const member of byPrecedence(members)) {
    const name = freeName(member, (name) => [{ name: `${prefix}${name}`, owner: member.owner }], naming);
    if (name !== undefined) names.set(member.value, name);
  }
  return model.values.map((value) => {
    const apiName = names.get(value.name);
    return apiName === undefined || apiName === screamingSnakeCase(value.name) ? value : { ...value, apiName };
  });
}
