import { z } from 'zod';
import { type ServerSettings, serverBounds } from './server-settings.js';
import { streamingBounds } from './streaming-settings.js';

const bounds = { ...streamingBounds, ...serverBounds };
type Bounded = keyof typeof bounds;

const whole = (key: Bounded) => {
  const { min, max } = bounds[key];
  const message = `a whole number from ${min} to ${max}`;
  return z.number(message).int(message).min(min, message).max(max, message);
};

const seconds = (key: Bounded) => {
  const { min, max } = bounds[key];
  const message = `seconds, from ${min} to ${max}`;
  return z.number(message).min(min, message).max(max, message);
};

const boolean = z.boolean('true or false');
const portMessage = 'a port from 0 to 65535';
const port = z.number(portMessage).int(portMessage).min(0, portMessage).max(65_535, portMessage);
const text = z.string('a text that is not empty').min(1, 'a text that is not empty');

/** One validator a streaming setting; its message completes "… must be". */
export const streamingShape = {
  chunkSize: whole('chunkSize'),
  cancellationCheckInterval: whole('cancellationCheckInterval'),
  yieldTimeout: seconds('yieldTimeout'),
  enableMetrics: boolean,
  readahead: whole('readahead'),
  maxChunkBytes: whole('maxChunkBytes'),
  maxQueuedBytes: whole('maxQueuedBytes'),
  batchRows: whole('batchRows'),
  maxMessageBytes: whole('maxMessageBytes'),
  rawQueries: boolean,
  onUnreadable: z.enum(['fail', 'null'], "'fail' or 'null'"),
  settleDelay: seconds('settleDelay'),
  maxLimit: whole('maxLimit'),
  maxChunkSize: whole('maxChunkSize'),
  maxCheckInterval: whole('maxCheckInterval'),
};

/** One validator a server setting. */
export const serverShape = {
  host: text,
  port,
  shutdownGrace: seconds('shutdownGrace'),
  workers: whole('workers'),
  metricsPort: port,
  metricsHost: text,
  openTelemetry: boolean,
  tlsCert: text,
  tlsKey: text,
  tlsClientCa: text,
  tokenFile: text,
  jwtJwksUrl: text,
  jwtPublicKey: text,
  jwtIssuer: text,
  jwtAudience: text,
  reflection: boolean,
  accessLog: boolean,
  maxStreams: whole('maxStreams'),
  maxStreamsPerClient: whole('maxStreamsPerClient'),
  maxCallsPerSecond: whole('maxCallsPerSecond'),
  maxConnections: whole('maxConnections'),
  maxConnectionsPerClient: whole('maxConnectionsPerClient'),
  maxRequestBytes: whole('maxRequestBytes'),
  maxConnectionAge: seconds('maxConnectionAge'),
  minPingInterval: seconds('minPingInterval'),
} satisfies Record<keyof ServerSettings, z.ZodType>;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const streaming = z.strictObject(streamingShape).partial();

/** The whole of `grpc-stream.config.ts`. Unknown keys are errors, so that a typo is found. */
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
  server: z.strictObject(serverShape).partial().optional(),
  log: z
    .strictObject({ level: z.enum(logLevels, `one of ${logLevels.join(', ')}`) })
    .partial()
    .optional(),
});
