import { boolean, bytes, choice, count, defaultsOf, file, orWord, port, rows, seconds, string } from './setting.js';
import type { ServerSettings, StreamingSettings } from './settings-types.js';

/** How rows are streamed, for all models or for one. */
export const streamingSettings = {
  chunkSize: orWord(
    rows({
      help: 'rows read in one database round trip; with `auto`, each stream finds its own number by measuring itself',
      default: 1000,
      min: 1,
      max: 100_000,
    }),
    'auto',
  ),
  cancellationCheckInterval: rows({
    help: 'rows between two checks for cancellation, each of which yields to the event loop',
    default: 100,
    min: 1,
    max: 100_000,
  }),
  yieldTimeout: seconds({
    help: 'longest time between two yields, whether the database or the consumer stalls',
    default: 30,
    min: 0.05,
    max: 86_400,
  }),
  enableMetrics: boolean({ help: 'measures every stream and logs a line when it ends', default: true }),
  readahead: count({
    help: 'chunks fetched beyond the one being written',
    // One chunk ahead hides the database's round trip.
    default: 1,
    min: 0,
    max: 16,
    flag: false,
  }),
  maxChunkBytes: bytes({
    help: 'most bytes of rows in a chunk; where rows are large, a chunk has fewer than `chunkSize`',
    default: 8 * 1024 * 1024,
    min: 64 * 1024,
    max: 1024 * 1024 * 1024,
    flag: false,
  }),
  maxQueuedBytes: bytes({
    help: 'most bytes of encoded rows that wait for the socket, for each stream',
    // Twice as much is no faster, and costs as much memory for every slow consumer.
    default: 512 * 1024,
    min: 64 * 1024,
    max: 1024 * 1024 * 1024,
    flag: false,
  }),
  batchRows: rows({
    help: 'most rows in one message of a batch stream',
    // Beyond some 500 rows a message the rate no longer grows, and the first message is late.
    default: 500,
    min: 1,
    max: 100_000,
    flag: false,
  }),
  maxMessageBytes: bytes({
    help: 'most bytes in one message; clients refuse more than 4 MiB by default',
    default: 4 * 1024 * 1024 - 64 * 1024,
    min: 1024,
    max: 1024 * 1024 * 1024,
    flag: false,
  }),
  compression: boolean({
    help: 'sends messages of 1 KiB and more compressed to a client that compresses its requests (gzip)',
    default: true,
    flag: false,
  }),
  rawQueries: boolean({
    help: "reads rows by SQL through the driver adapter, where that gives the same values as Prisma's client; never past a client extension",
    default: true,
    flag: false,
  }),
  onUnreadable: choice('fail', ['null'], {
    help: 'for a value that has no exact form, such as the date 0000-00-00: fail the stream, or send no value where the field is optional, and count it',
  }),
  unindexedFilters: choice('allow', ['refuse'], {
    help: 'for a filter with a condition that no index serves, for which the database may look at every row before it finds one: allow it, or refuse the request',
  }),
  maxScan: rows({
    help: 'most rows that a stream looks at before it finds one, for conditions that no index serves; it then ends with RESOURCE_EXHAUSTED; 0 sets no bound',
    default: 0,
    min: 0,
    max: 100_000_000_000,
    flag: false,
  }),
  settleDelay: seconds({
    help: 'how long a row of MySQL must be there before a stream that follows the table sends it; PostgreSQL and SQLite need no wait',
    default: 1,
    min: 0,
    max: 3600,
    flag: false,
  }),
  maxLimit: rows({
    help: 'most rows that one request may ask for, which then must have a `limit`; 0 sets none',
    default: 0,
    min: 0,
    max: 100_000_000_000,
    flag: false,
  }),
  maxChunkSize: rows({
    help: 'largest chunk size that a client may hint at, and that `auto` may choose; a larger hint counts as this',
    default: 100_000,
    min: 1,
    max: 100_000,
    flag: false,
  }),
  maxCheckInterval: rows({
    help: 'longest check interval that a client may hint at; a longer hint counts as this',
    default: 100_000,
    min: 1,
    max: 100_000,
    flag: false,
  }),
};

const listening = {
  host: string({
    help: 'address to bind; by default only this machine reaches it',
    unit: 'address',
    default: '127.0.0.1',
  }),
  port: port({ help: 'port to bind; 0 takes a free one', default: 50_051 }),
  workers: count({
    help: 'processes that share the port, each with its own connections to the database',
    default: 1,
    min: 1,
    max: 256,
  }),
  shutdownGrace: seconds({
    help: 'time that running streams are given to end after SIGTERM',
    default: 10,
    min: 0,
    max: 3600,
  }),
  reflection: boolean({ help: 'tells clients such as grpcurl which services there are', default: false }),
};

const observing = {
  metricsPort: port({
    help: 'port for metrics, health over HTTP and a live page; 0 takes a free one; needs the package prom-client',
    default: undefined,
  }),
  metricsHost: string({
    help: 'address to bind for metrics, which ask for no password; by default only this machine reaches it',
    unit: 'address',
    default: '127.0.0.1',
  }),
  openTelemetry: boolean({
    help: 'sends traces and metrics to where the standard OTEL_… variables say; needs @opentelemetry/api and @opentelemetry/sdk-node',
    default: false,
  }),
  accessLog: boolean({ help: 'logs every call when it ends', default: true }),
};

const access = {
  tlsCert: file({ help: "the server's certificate chain, a PEM file that is read again when it changes" }),
  tlsKey: file({ help: "the certificate's private key, a PEM file" }),
  tlsClientCa: file({ help: 'authorities whose certificates clients must show (mutual TLS), a PEM file' }),
  tokenFile: file({
    help: 'bearer tokens, one a line, each of which admits a client; the file is read again when it changes',
  }),
  jwtJwksUrl: string({
    help: 'where the keys are that sign the JWTs of clients, such as https://issuer.example/.well-known/jwks.json',
    unit: 'url',
    default: undefined,
  }),
  jwtPublicKey: file({
    help: 'the one public key that signs the JWTs of clients, a PEM file, instead of the keys of a URL',
  }),
  jwtIssuer: string({ help: 'the `iss` that a JWT must have; required with JWTs', unit: 'issuer', default: undefined }),
  jwtAudience: string({
    help: 'the `aud` that a JWT must have; required with JWTs',
    unit: 'audience',
    default: undefined,
  }),
};

/** 0 sets no limit. */
const anyNumber = { min: 0, max: 1_000_000 };

const limits = {
  maxStreams: count({ help: 'most calls at a time, of all clients; 0 sets no limit', default: 10_000, ...anyNumber }),
  maxStreamsPerClient: count({
    help: "most calls at a time of one client (a token's subject, a certificate's, or else an address); 0 sets no limit",
    default: 1000,
    ...anyNumber,
  }),
  maxCallsPerSecond: count({
    help: 'most calls a second from one address, whose connections are closed at twice as many; 0 sets no limit',
    default: 1000,
    ...anyNumber,
  }),
  maxConnections: count({
    help: 'most connections at a time, of all clients; 0 sets no limit',
    default: 10_000,
    ...anyNumber,
  }),
  maxConnectionsPerClient: count({
    help: 'most connections at a time from one address; 0 sets no limit',
    default: 1000,
    ...anyNumber,
  }),
  maxRequestBytes: bytes({ help: 'most bytes of one request', default: 1024 * 1024, min: 1024, max: 64 * 1024 * 1024 }),
  maxConnectionAge: seconds({
    help: 'time after which a client is asked to reconnect, so that it finds new servers; 0 for never',
    default: 0,
    min: 0,
    max: 30 * 86_400,
  }),
  minPingInterval: seconds({
    help: 'shortest time between keepalive pings of an idle client; connections that ping more often are closed; 0 allows any',
    default: 5,
    min: 0,
    max: 3600,
  }),
};

/** How the server listens, whom it admits, and how much of it one client may use. Paths are relative to the project's folder. */
export const serverSettings = { ...listening, ...observing, ...access, ...limits };

/** The settings that `serve` has flags for, under the headings of its help. */
export const settingGroups = {
  Listening: listening,
  'Metrics and logs': observing,
  'TLS and authentication': access,
  Limits: limits,
  Streaming: streamingSettings,
};

export const defaultStreamingSettings: StreamingSettings = defaultsOf(streamingSettings);

export const defaultServerSettings: ServerSettings = defaultsOf(serverSettings);

/** All streaming settings, from options that name a few; one that is given as undefined has its default. */
export function settingsOf(options: Partial<StreamingSettings>): StreamingSettings {
  const given = Object.entries(options).filter(([name, value]) => name in streamingSettings && value !== undefined);
  return { ...defaultStreamingSettings, ...Object.fromEntries(given) };
}
