import { inspect } from 'node:util';
import { UsageError } from '../errors/index.js';
import { allowedText, isAllowed } from './check-setting.js';
import type { GrpcStreamConfig } from './define-config.js';
import { defaultsOf, envName, flagName, type Setting, type SettingsTable, type ValuesOf } from './setting.js';
import { serverSettings, streamingSettings } from './settings.js';
import type { ServerSettings, StreamingSettings } from './settings-types.js';

/** Where values may come from. Flags win over the environment, the environment over one model's settings, those over all models'. */
export interface SettingsSources {
  /** Values from the command line, still as text, by setting; absent ones are undefined. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly config?: GrpcStreamConfig;
}

/**
 * The streaming settings of one model, or of all when none is named.
 *
 * @throws UsageError that names the key, the value, what is allowed and where it came from.
 *
 * @example
 * resolveStreaming({ flags: { chunkSize: '500' }, env: process.env, config }, 'Book').chunkSize; // 500
 */
export function resolveStreaming(
  { flags = {}, env = {}, config = {} }: SettingsSources,
  model?: string,
): StreamingSettings {
  const ofModel = model === undefined ? undefined : config.models?.[model];
  return resolve(streamingSettings, [
    fromFlags(flags),
    fromEnv(env),
    ...(ofModel ? [fromConfig(ofModel, `models.${model}`)] : []),
    fromConfig(config.streaming ?? {}, 'streaming'),
  ]);
}

/** The server's settings, by the same order. */
export function resolveServer({ flags = {}, env = {}, config = {} }: SettingsSources): ServerSettings {
  return resolve(serverSettings, [fromFlags(flags), fromEnv(env), fromConfig(config.server ?? {}, 'server')]);
}

/** One place that a value may come from. */
type Source = (key: string) => Found | undefined;

interface Found {
  readonly value: unknown;
  /** Whether the value is still the text that was typed. */
  readonly typed: boolean;
  /** How to name the place. */
  readonly origin: string;
}

const fromFlags =
  (flags: NonNullable<SettingsSources['flags']>): Source =>
  (key) =>
    flags[key] === undefined ? undefined : { value: flags[key], typed: true, origin: flagName(key) };

/** An empty variable counts as none: `GRPC_STREAM_PORT= npx grpc-stream serve`. */
const fromEnv =
  (env: NonNullable<SettingsSources['env']>): Source =>
  (key) => {
    const value = env[envName(key)];
    return value === undefined || value === '' ? undefined : { value, typed: true, origin: envName(key) };
  };

const fromConfig =
  (values: object, path: string): Source =>
  (key) => {
    const value: unknown = Reflect.get(values, key);
    return value === undefined ? undefined : { value, typed: false, origin: `${path}.${key} in the configuration` };
  };

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The number or boolean that a text spells. Any other text is returned unchanged, and the validator refuses it. */
function literal(text: string): unknown {
  const trimmed = text.trim();
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return NUMBER.test(trimmed) ? Number(trimmed) : text;
}

/** The first value that a source has for each setting, validated; its default where none has one. */
function resolve<T extends SettingsTable>(table: T, sources: readonly Source[]): ValuesOf<T> {
  const resolved = { ...defaultsOf(table) };
  for (const [key, setting] of Object.entries(table)) {
    const found = sources.map((source) => source(key)).find((candidate) => candidate !== undefined);
    if (!found) continue;
    const value = found.typed && !isText(setting) ? literal(String(found.value)) : found.value;
    if (!isAllowed(setting, value)) throw wrongValue(key, found, allowedText(setting));
    Object.assign(resolved, { [key]: value });
  }
  return resolved;
}

function isText({ kind }: Setting<unknown>): boolean {
  return kind === 'string' || kind === 'file' || kind === 'choice';
}

function wrongValue(key: string, { value, typed, origin }: Found, allowed: string): UsageError {
  const isNumber = typed && NUMBER.test(String(value).trim());
  const shown = isNumber ? String(value).trim() : showValue(value);
  return new UsageError('config.invalid', `${key} is ${shown} (from ${origin}); it must be ${allowed}`);
}

/** A wrong value as it would be written in a configuration: `"abc"`, `0`, `NaN`, `10n`, `{ rows: 5 }`. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}
