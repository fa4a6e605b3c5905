// Written by `npm run docs:reference` from settings.ts; change that.

/** How rows are streamed. Every default is safe for any table; `grpc-stream bench` measures what suits yours. */
export interface StreamingSettings {
  /**
   * Rows read in one database round trip; with `auto`, each stream finds its own number by measuring itself. Default
   * 1,000.
   */
  readonly chunkSize: number | 'auto';
  /** Rows between two checks for cancellation, each of which yields to the event loop. Default 100. */
  readonly cancellationCheckInterval: number;
  /** Longest time between two yields, whether the database or the consumer stalls. In seconds; default 30. */
  readonly yieldTimeout: number;
  /** Measures every stream and logs a line when it ends. Default true. */
  readonly enableMetrics: boolean;
  /** Chunks fetched beyond the one being written. Default 1. */
  readonly readahead: number;
  /** Most bytes of rows in a chunk; where rows are large, a chunk has fewer than `chunkSize`. Default 8 MiB. */
  readonly maxChunkBytes: number;
  /** Most bytes of encoded rows that wait for the socket, for each stream. Default 512 KiB. */
  readonly maxQueuedBytes: number;
  /** Most rows in one message of a batch stream. Default 500. */
  readonly batchRows: number;
  /** Most bytes in one message; clients refuse more than 4 MiB by default. Default 4032 KiB. */
  readonly maxMessageBytes: number;
  /** Sends messages of 1 KiB and more compressed to a client that compresses its requests (gzip). Default true. */
  readonly compression: boolean;
  /**
   * Reads rows by SQL through the driver adapter, where that gives the same values as Prisma's client; never past a
   * client extension. Default true.
   */
  readonly rawQueries: boolean;
  /**
   * For a value that has no exact form, such as the date 0000-00-00: fail the stream, or send no value where the field
   * is optional, and count it. Default fail.
   */
  readonly onUnreadable: 'fail' | 'null';
  /**
   * For a filter with a condition that no index serves, for which the database may look at every row before it finds
   * one: allow it, or refuse the request. Default allow.
   */
  readonly unindexedFilters: 'allow' | 'refuse';
  /**
   * Most rows that a stream looks at before it finds one, for conditions that no index serves; it then ends with
   * RESOURCE_EXHAUSTED; 0 sets no bound. Default 0.
   */
  readonly maxScan: number;
  /**
   * How long a row of MySQL must be there before a stream that follows the table sends it; PostgreSQL and SQLite need
   * no wait. In seconds; default 1.
   */
  readonly settleDelay: number;
  /** Most rows that one request may ask for, which then must have a `limit`; 0 sets none. Default 0. */
  readonly maxLimit: number;
  /**
   * Largest chunk size that a client may hint at, and that `auto` may choose; a larger hint counts as this. Default
   * 100,000.
   */
  readonly maxChunkSize: number;
  /** Longest check interval that a client may hint at; a longer hint counts as this. Default 100,000. */
  readonly maxCheckInterval: number;
}

/** How the server listens, whom it admits, and how much of it one client may use. Paths are relative to the project's folder. */
export interface ServerSettings {
  /** Address to bind; by default only this machine reaches it. Default 127.0.0.1. */
  readonly host: string;
  /** Port to bind; 0 takes a free one. Default 50051. */
  readonly port: number;
  /** Processes that share the port, each with its own connections to the database. Default 1. */
  readonly workers: number;
  /** Time that running streams are given to end after SIGTERM. In seconds; default 10. */
  readonly shutdownGrace: number;
  /** Tells clients such as grpcurl which services there are. Default false. */
  readonly reflection: boolean;
  /**
   * Port for metrics, health over HTTP and a live page; 0 takes a free one; needs the package prom-client. Default:
   * none.
   */
  readonly metricsPort: number | undefined;
  /**
   * Address to bind for metrics, which ask for no password; by default only this machine reaches it. Default 127.0.0.1.
   */
  readonly metricsHost: string;
  /**
   * Sends traces and metrics to where the standard OTEL_… variables say; needs @opentelemetry/api and
   * @opentelemetry/sdk-node. Default false.
   */
  readonly openTelemetry: boolean;
  /** Logs every call when it ends. Default true. */
  readonly accessLog: boolean;
  /** The server's certificate chain, a PEM file that is read again when it changes. Default: none. */
  readonly tlsCert: string | undefined;
  /** The certificate's private key, a PEM file. Default: none. */
  readonly tlsKey: string | undefined;
  /** Authorities whose certificates clients must show (mutual TLS), a PEM file. Default: none. */
  readonly tlsClientCa: string | undefined;
  /**
   * Bearer tokens, one a line, each of which admits a client; the file is read again when it changes. Default: none.
   */
  readonly tokenFile: string | undefined;
  /**
   * Where the keys are that sign the JWTs of clients, such as https://issuer.example/.well-known/jwks.json. Default:
   * none.
   */
  readonly jwtJwksUrl: string | undefined;
  /** The one public key that signs the JWTs of clients, a PEM file, instead of the keys of a URL. Default: none. */
  readonly jwtPublicKey: string | undefined;
  /** The `iss` that a JWT must have; required with JWTs. Default: none. */
  readonly jwtIssuer: string | undefined;
  /** The `aud` that a JWT must have; required with JWTs. Default: none. */
  readonly jwtAudience: string | undefined;
  /** Most calls at a time, of all clients; 0 sets no limit. Default 10,000. */
  readonly maxStreams: number;
  /**
   * Most calls at a time of one client (a token's subject, a certificate's, or else an address); 0 sets no limit.
   * Default 1,000.
   */
  readonly maxStreamsPerClient: number;
  /**
   * Most calls a second from one address, whose connections are closed at twice as many; 0 sets no limit. Default
   * 1,000.
   */
  readonly maxCallsPerSecond: number;
  /** Most connections at a time, of all clients; 0 sets no limit. Default 10,000. */
  readonly maxConnections: number;
  /** Most connections at a time from one address; 0 sets no limit. Default 1,000. */
  readonly maxConnectionsPerClient: number;
  /** Most bytes of one request. Default 1 MiB. */
  readonly maxRequestBytes: number;
  /**
   * Time after which a client is asked to reconnect, so that it finds new servers; 0 for never. In seconds; default 0.
   */
  readonly maxConnectionAge: number;
  /**
   * Shortest time between keepalive pings of an idle client; connections that ping more often are closed; 0 allows any.
   * In seconds; default 5.
   */
  readonly minPingInterval: number;
}
