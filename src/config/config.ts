import { z } from 'zod';
import { allowedText, isAllowed } from './check-setting.js';
import type { LogLevel } from './define-config.js';
import type { Setting, SettingsTable, ValueOf } from './setting.js';
import { serverSettings, streamingSettings } from './settings.js';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies readonly LogLevel[];

const text = z.string('a string that is not empty').min(1, 'a string that is not empty');

type ShapeOf<T extends SettingsTable> = { readonly [Name in keyof T]: z.ZodType<ValueOf<T[Name]>> };

/** One validator for each setting of a table. */
function shapeOf<T extends SettingsTable>(table: T): ShapeOf<T>;
function shapeOf(table: SettingsTable): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, validatorOf(setting)]));
}

function validatorOf(setting: Setting<unknown>): z.ZodType {
  return z.custom((value) => isAllowed(setting, value), allowedText(setting));
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
