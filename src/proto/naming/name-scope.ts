import type { SourceLocation } from '../../errors/index.js';
import { enumValueName } from '../names/names.js';
import { CONSISTENCY, SHARED_NAMES } from '../text/filter-messages.js';

/** A name in the proto, in the generated code or of a file, with its owner. */
export interface Claim {
  readonly name: string;
  /** For messages, such as `the key of model "Book"`. */
  readonly owner: string;
}

/** A name that is not free, with the two that want it. */
export interface Clash {
  readonly name: string;
  readonly owner: string;
  readonly holder: string;
}

/** The names that are taken: in protobuf, the messages, the services, the enums and the values of all enums share a package's scope. */
export class NameScope {
  private readonly holders: Map<string, string>;

  constructor(reserved: readonly Claim[]) {
    this.holders = new Map(reserved.map(({ name, owner }) => [name, owner]));
  }

  /** The first of some names that another one has. */
  clashOf(claims: readonly Claim[]): Clash | undefined {
    for (const { name, owner } of claims) {
      const holder = this.holders.get(name);
      if (holder !== undefined) return { name, owner, holder };
    }
    return undefined;
  }

  take(claims: readonly Claim[]): void {
    for (const { name, owner } of claims) this.holders.set(name, owner);
  }
}

/** A name in the API that is not the one that follows from the schema, because another one has that. */
export interface Renaming {
  /** The two that want a name. */
  readonly clash: Clash;
  /** What it is called instead; undefined where `@grpc.name` asks for a name that is not free. */
  readonly name: string | undefined;
  /** Whether clients know the name already. */
  readonly isKnown: boolean;
  readonly location: SourceLocation;
}

/** Names that ts-proto's code uses, so that a type with the same name would break it. A test compares them with the installed ts-proto. */
export const RESERVED_TYPES: ReadonlySet<string> = new Set([
  'BigInt',
  'BinaryReader',
  'BinaryWriter',
  'Buffer',
  'Builtin',
  'DeepPartial',
  'MessageFns',
  'Omit',
  'Partial',
  'ReadonlyArray',
  'Timestamp',
  'Uint8Array',
]);

/** Messages whose names would clash in the generated code: `defineModel`, and `close` of the clients. */
const RESERVED_MODELS = ['Define', 'Close'];

const RESERVED_FILES = ['streaming', 'enums'];

/** A file is a name as well: it is lower-case, and two names may differ in their capitals only. */
export function fileClaim(file: string): string {
  return `${file}.proto`;
}

/** The scope of a package before any model or enum has a name. */
export function packageScope(): NameScope {
  const names = [...RESERVED_TYPES, ...RESERVED_MODELS, ...SHARED_NAMES, ...RESERVED_FILES.map(fileClaim)];
  const values = ['UNSPECIFIED', 'CHUNKED', 'SNAPSHOT'].map((value) => enumValueName(CONSISTENCY, value));
  return new NameScope([...names, ...values].map((name) => ({ name, owner: 'the generated code' })));
}

/** Something that needs a name that no other of its kind has. */
export interface Claimant {
  /** For messages, such as `field "title" of model "Book"`. */
  readonly owner: string;
  /** The name that follows from the schema, or that `@grpc.name` asks for. */
  readonly wanted: string;
  readonly isAsked: boolean;
  /** The name that clients know. */
  readonly locked: string | undefined;
  /** The name that would follow from the database's. */
  readonly stored: string;
  readonly location: SourceLocation;
}

/**
 * Of two that want a name, the one that clients know by it keeps it; then come those that clients know by another one, those that ask for
 * theirs, and the others, each in the order of the schema.
 */
export function byPrecedence<T extends Claimant>(claimants: readonly T[]): readonly T[] {
  const rank = ({ wanted, isAsked, locked }: T) => (locked === wanted ? 0 : locked !== undefined ? 1 : isAsked ? 2 : 3);
  return claimants.toSorted((a, b) => rank(a) - rank(b));
}

/** More clashes than these have another cause than names. */
const MAX_VARIANTS = 1000;

/**
 * The names that something may have, the best first. A name with a number that an earlier clash led to stays, although the other one may be
 * gone: clients know it.
 *
 * @param join Stands before the number: `created_at_2`, `Book2`.
 */
export function* candidatesOf(claimant: Claimant, join: '_' | ''): Generator<string> {
  const { wanted, isAsked, locked } = claimant;
  yield variantIn(claimant, join) ?? wanted;
  if (isAsked) return;
  yield wanted;
  if (locked !== undefined) yield locked;
  for (let number = 2; number < MAX_VARIANTS; number++) yield `${wanted}${join}${number}`;
}

/** The name that an earlier clash led to, where there was one. */
function variantIn({ wanted, isAsked, locked, stored }: Claimant, join: '_' | ''): string | undefined {
  if (isAsked || locked === undefined || locked === stored || !locked.startsWith(`${wanted}${join}`)) return undefined;
  return /^([2-9]|[1-9]\d+)$/.test(locked.slice(wanted.length + join.length)) ? locked : undefined;
}

/** Where names are taken from, and where it is told that one was not free. */
export interface Naming {
  readonly scope: NameScope;
  readonly renamed: Renaming[];
}

/** A name that something may have, with what it leads to. */
export interface Variant<T> {
  readonly name: string;
  readonly value: T;
}

/** Takes the first variant whose names are all free. */
export function firstFree<T>(
  { locked, location }: Claimant,
  variants: Iterable<Variant<T>>,
  claimsOf: (value: T) => readonly Claim[],
  { scope, renamed }: Naming,
): T | undefined {
  let first: Clash | undefined;
  for (const { name, value } of variants) {
    const claims = claimsOf(value);
    const clash = scope.clashOf(claims);
    first ??= clash;
    if (clash) continue;
    scope.take(claims);
    if (first) renamed.push({ clash: first, name: nameIn(claims, first), isKnown: name === locked, location });
    return value;
  }
  if (first) renamed.push({ clash: first, name: undefined, isKnown: false, location });
  return undefined;
}

function nameIn(claims: readonly Claim[], { owner }: Clash): string | undefined {
  return claims.find((claim) => claim.owner === owner)?.name;
}

/** Takes the first name that is free for a member: a field, a value or an order. */
export function freeName(
  member: Claimant,
  claimsOf: (name: string) => readonly Claim[],
  naming: Naming,
): string | undefined {
  return firstFree(member, variantsOf(member), claimsOf, naming);
}

function* variantsOf(member: Claimant): Generator<Variant<string>> {
  for (const name of candidatesOf(member, '_')) yield { name, value: name };
}
