import { z } from 'zod';
import { isChoice, isNumeric, type NumberSetting, type Setting, type SettingsTable, type ValueOf } from './setting.js';
import { serverSettings, streamingSettings } from './settings.js';
import type { ServerSettings, StreamingSettings } from './settings-types.js';

/** The type of `grpc-stream.config.ts`; every key is optional. Relative paths start at the file's folder. */
export interface GrpcStreamConfig {
  /** Prisma schema, a file or a folder of files. Default: what `prisma.config.ts` says, or `prisma/schema.prisma`. */
  readonly schema?: string;
  /** Proto package without its version, such as `library`; files land in `<protoDir>/library/v1`. Default: the package's name. */
  readonly package?: string;
  /** Folder for the `.proto` files and the field-number lock. Default `proto`. */
  readonly protoDir?: string;
  /** Folder for TypeScript: `<output>/generated` is ours, the rest yours. Default `src/grpc`. */
  readonly output?: string;
  /** Settings of every stream. */
  readonly streaming?: Partial<StreamingSettings>;
  /** Settings of one model's streams, by Prisma's model name. */
  readonly models?: Readonly<Record<string, Partial<StreamingSettings>>>;
  readonly server?: Partial<ServerSettings>;
  readonly log?: { readonly level?: LogLevel };
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * Types a configuration; returns it unchanged.
 *
 * @example
 * export default defineConfig({
 *   streaming: { chunkSize: 1000, cancellationCheckInterval: 100, yieldTimeout: 30, enableMetrics: true },
 *   models: { Photo: { chunkSize: 50 } },
 * });
 */
export function defineConfig(config: GrpcStreamConfig): GrpcStreamConfig {
  return config;
}

const text = z.string('a string that is not empty').min(1, 'a string that is not empty');

type ShapeOf<T extends SettingsTable> = { readonly [Name in keyof T]: z.ZodType<ValueOf<T[Name]>> };

/** One validator for each setting of a table. */
function shapeOf<T extends SettingsTable>(table: T): ShapeOf<T>;
function shapeOf(table: SettingsTable): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, validatorOf(setting)]));
}

/** Validates a value of the setting; its message completes "… must be". */
export function validatorOf(setting: Setting<unknown>): z.ZodType {
  if (isNumeric(setting)) return setting.word === undefined ? numberBetween(setting) : numberOrWord(setting);
  if (isChoice(setting)) return z.enum(setting.choices.map(String), `one of ${setting.choices.join(', ')}`);
  return setting.kind === 'boolean' ? z.boolean('true or false') : text;
}

function numberOrWord(setting: NumberSetting<unknown>): z.ZodType {
  const message = `${rangeOf(setting)}, or ${setting.word}`;
  return z.union([z.literal(setting.word), numberBetween(setting, message)], message);
}

function rangeOf({ kind, min, max }: NumberSetting<unknown>): string {
  const what = { seconds: 'seconds,', port: 'a port', whole: 'a whole number' }[kind];
  return `${what} from ${min} to ${max}`;
}

function numberBetween(setting: NumberSetting<unknown>, message = rangeOf(setting)): z.ZodType {
  const { kind, min, max } = setting;
  const number = z.number(message).min(min, message).max(max, message);
  return kind === 'seconds' ? number : number.int(message);
}

/** One validator for each streaming setting. */
export const streamingShape = shapeOf(streamingSettings);

const streaming = z.strictObject(streamingShape).partial();

/** Validates `grpc-stream.config.ts`. Unknown keys are errors, so that a typo is found. */
export const configSchema = z.strictObject({
  schema: text.optional(),
  package: z
    .string('a proto package name')
    .regex(
      /^[a-z][a-z\d_]*(\.[a-z][a-z\d_]*)*$/,
      'a proto package name such as "library" (lower case, without the version)',
    )
    .optional(),
  protoDir: text.optional(),
  output: text.optional(),
  streaming: streaming.optional(),
  models: z.record(z.string(), streaming).optional(),
  server: z.strictObject(shapeOf(serverSettings)).partial().optional(),
  log: z
    .strictObject({ level: z.enum(logLevels, `one of ${logLevels.join(', ')}`) })
    .partial()
    .optional(),
});
