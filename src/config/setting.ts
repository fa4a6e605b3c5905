/**
 * One setting: its default, what it may be, and its help. Everything else follows from it: the schema of the configuration, the
 * environment variable, the flag of `serve`, the types, and the tables of the documentation.
 */
export interface Setting<Value> {
  /** The value when neither a flag, the environment nor the configuration sets one. */
  readonly default: Value;
  readonly kind: 'whole' | 'seconds' | 'port' | 'boolean' | 'choice' | 'string' | 'file';
  /** What a value counts or names, as help shows it: `rows`, `bytes`, `seconds`, `file`. */
  readonly unit: string;
  /** Whether `serve` has a flag for it, as it does by default. */
  readonly flag: boolean;
  /** What it does or is; without a capital letter and a full stop. */
  readonly help: string;
}

/** A number and its bounds, both of which are allowed. */
export interface NumberSetting<Value> extends Setting<Value> {
  readonly kind: 'whole' | 'seconds' | 'port';
  readonly min: number;
  readonly max: number;
  /** A word that may stand in place of the number, such as `auto`. */
  readonly word?: string;
}

/** One of a few words. */
export interface ChoiceSetting<Value> extends Setting<Value> {
  readonly kind: 'choice';
  readonly choices: readonly Value[];
}

/** Settings by name. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

/** The value of a setting. */
export type ValueOf<One> = One extends Setting<infer Value> ? Value : never;

/** The values of a table's settings, by the same names. */
export type ValuesOf<T extends SettingsTable> = { readonly [Name in keyof T]: ValueOf<T[Name]> };

type Described = Pick<Setting<unknown>, 'help'> & { readonly flag?: boolean };

type Bounded = Described & {
  readonly default: number;
  readonly min: number;
  readonly max: number;
};

const whole =
  (unit: string) =>
  ({ flag = true, ...setting }: Bounded): NumberSetting<number> => ({ kind: 'whole', unit, flag, ...setting });

/** A number of rows. */
export const rows = whole('rows');

/** A number of bytes. */
export const bytes = whole('bytes');

/** A number of anything else. */
export const count = whole('count');

/** A time in seconds, which may have a fraction. */
export function seconds({ flag = true, ...setting }: Bounded): NumberSetting<number> {
  return { kind: 'seconds', unit: 'seconds', flag, ...setting };
}

/** A TCP port; 0 takes a free one. */
export function port<Value extends number | undefined>(
  setting: Described & { readonly default: Value },
): NumberSetting<number | Value> {
  return { kind: 'port', unit: 'port', flag: true, min: 0, max: 65_535, ...setting };
}

/** On or off. */
export function boolean({ flag = true, ...setting }: Described & { readonly default: boolean }): Setting<boolean> {
  return { kind: 'boolean', unit: 'boolean', flag, ...setting };
}

/** One of a few words, the first of which is the default. */
export function choice<const Word extends string>(
  first: Word,
  others: readonly Word[],
  { flag = true, help }: Described,
): ChoiceSetting<Word> {
  return { kind: 'choice', unit: 'word', flag, default: first, choices: [first, ...others], help };
}

/** A string that is not empty. */
export function string<Value extends string | undefined>(
  setting: Described & { readonly default: Value; readonly unit: string },
): Setting<string | Value> {
  return { kind: 'string', flag: true, ...setting };
}

/** The path of a file. */
export function file({ flag = true, help }: Described): Setting<string | undefined> {
  return { kind: 'file', unit: 'file', flag, default: undefined, help };
}

export function isNumeric(setting: Setting<unknown>): setting is NumberSetting<unknown> {
  return 'min' in setting;
}

export function isChoice(setting: Setting<unknown>): setting is ChoiceSetting<unknown> {
  return 'choices' in setting;
}

/** The environment variable of a setting: `chunkSize` → `GRPC_STREAM_CHUNK_SIZE`. */
export function envName(name: string): string {
  return `GRPC_STREAM_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The flag of a setting: `chunkSize` → `--chunk-size`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The defaults of a table's settings. */
export function defaultsOf<T extends SettingsTable>(table: T): ValuesOf<T>;
export function defaultsOf(table: SettingsTable): object {
  return Object.freeze(Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, setting.default])));
}
