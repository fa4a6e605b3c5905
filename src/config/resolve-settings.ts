import type { z } from 'zod';
import { UsageError } from '../errors/index.js';
import { defaultServerSettings, type GrpcStreamConfig, type ServerSettings } from './config.js';
import { serverShape, streamingShape } from './config-schema.js';
import { defaultStreamingSettings, type StreamingSettings } from './streaming-settings.js';

/** Where values may come from. Flags win over the environment, that over one model's settings, those over the rest. */
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
  return resolve(streamingShape, defaultStreamingSettings, [
    fromFlags(flags),
    fromEnv(env),
    ...(ofModel ? [fromConfig(ofModel, `models.${model}`)] : []),
    fromConfig(config.streaming ?? {}, 'streaming'),
  ]);
}

/** The server's settings, by the same order. */
export function resolveServer({ flags = {}, env = {}, config = {} }: SettingsSources): ServerSettings {
  return resolve(serverShape, defaultServerSettings, [
    fromFlags(flags),
    fromEnv(env),
    fromConfig(config.server ?? {}, 'server'),
  ]);
}

/** The environment variable of a setting: `chunkSize` → `GRPC_STREAM_CHUNK_SIZE`. */
export function envName(key: string): string {
  return `GRPC_STREAM_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The flag of a setting: `chunkSize` → `--chunk-size`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** One place that a value may come from: the value, and how to name the place. */
type Source = (key: string) => { readonly value: unknown; readonly origin: string } | undefined;

const fromFlags =
  (flags: NonNullable<SettingsSources['flags']>): Source =>
  (key) =>
    flags[key] === undefined ? undefined : { value: literal(flags[key]), origin: flagName(key) };

const fromEnv =
  (env: NonNullable<SettingsSources['env']>): Source =>
  (key) => {
    const value = env[envName(key)];
    return value === undefined || value === '' ? undefined : { value: literal(value), origin: envName(key) };
  };

const fromConfig =
  (values: object, path: string): Source =>
  (key) => {
    const value: unknown = Reflect.get(values, key);
    return value === undefined ? undefined : { value, origin: `${path}.${key} in the configuration` };
  };

/** Text as the value it spells; what spells none stays text, for the validator to refuse. */
function literal(value: string): unknown {
  const trimmed = value.trim();
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return /^-?\d+(\.\d+)?(e\d+)?$/i.test(trimmed) ? Number(trimmed) : value;
}

function resolve<T extends object>(
  shape: Readonly<Record<keyof T, z.ZodType>>,
  defaults: T,
  sources: readonly Source[],
): T {
  const resolved = { ...defaults };
  for (const key in shape) {
    const found = sources.map((source) => source(key)).find((candidate) => candidate !== undefined);
    if (!found) continue;
    const parsed = shape[key].safeParse(found.value);
    if (!parsed.success) throw wrongValue(key, found.value, parsed.error, found.origin);
    Object.assign(resolved, { [key]: parsed.data });
  }
  return resolved;
}

function wrongValue(key: string, value: unknown, error: z.ZodError, origin: string): UsageError {
  const allowed = error.issues[0]?.message ?? 'valid';
  return new UsageError('config.invalid', `${key} is ${JSON.stringify(value)} (from ${origin}); it must be ${allowed}`);
}
