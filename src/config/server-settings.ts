/** How the server listens, whom it serves, and how much of it one client may take. Paths are relative to the project's folder. */
export interface ServerSettings {
  /** Address to bind. Default `127.0.0.1`: only this machine. */
  readonly host: string;
  /** Port to bind; 0 takes a free one. Default 50051. */
  readonly port: number;
  /** Seconds that running streams are given to end after SIGTERM. Default 10. */
  readonly shutdownGrace: number;
  /** Processes that share the port, each with its own connections to the database. Default 1: no other process. */
  readonly workers: number;

  /** Port for metrics, health over HTTP and the live page; 0 takes a free one. Default: none. Needs the package `prom-client`. */
  readonly metricsPort: number | undefined;
  /** Address to bind for them. Default `127.0.0.1`: only this machine. They have no password. */
  readonly metricsHost: string;
  /**
   * Sends traces and metrics by OpenTelemetry, to where the standard `OTEL_…` variables say. Default false. Needs the packages
   * `@opentelemetry/api` and `@opentelemetry/sdk-node`.
   */
  readonly openTelemetry: boolean;

  /** The server's certificate chain, a PEM file that is read again when it changes. Default: no TLS. */
  readonly tlsCert: string | undefined;
  /** The certificate's private key, a PEM file. */
  readonly tlsKey: string | undefined;
  /** Authorities whose certificates clients must show (mutual TLS), a PEM file. Default: clients show none. */
  readonly tlsClientCa: string | undefined;

  /** A file of bearer tokens, one a line, any of which admits a client; read again when it changes. */
  readonly tokenFile: string | undefined;
  /** Where the keys are that sign the JWTs of clients, such as `https://issuer.example/.well-known/jwks.json`. */
  readonly jwtJwksUrl: string | undefined;
  /** Or the one public key that does, a PEM file. */
  readonly jwtPublicKey: string | undefined;
  /** The `iss` that a JWT must have. Required with either. */
  readonly jwtIssuer: string | undefined;
  /** The `aud` that a JWT must have. Required with either. */
  readonly jwtAudience: string | undefined;

  /** Tells clients such as grpcurl what services there are. Default false. */
  readonly reflection: boolean;
  /** Logs every call when it ends. Default true. */
  readonly accessLog: boolean;

  /** Most calls at a time, of all clients; 0 sets no limit. Default 10,000. */
  readonly maxStreams: number;
  /** Most calls at a time of one client: a token's subject, a certificate's, or else an address; 0 sets no limit. Default 1,000. */
  readonly maxStreamsPerClient: number;
  /** Most calls that one address may begin a second; with twice as many its connections are cut. 0 sets no limit. Default 1,000. */
  readonly maxCallsPerSecond: number;
  /** Most connections at a time, of all clients; 0 sets no limit. Default 10,000. */
  readonly maxConnections: number;
  /** Most connections at a time from one address; 0 sets no limit. Default 1,000. */
  readonly maxConnectionsPerClient: number;
  /** Most bytes of one request. Default 1 MiB. */
  readonly maxRequestBytes: number;
  /** Seconds after which a client is asked to connect anew, so that it finds servers that were added; 0 for never. Default 0. */
  readonly maxConnectionAge: number;
  /** Seconds between keepalive pings of a client that nothing is sent to; one that pings more often is let go of. Default 5. */
  readonly minPingInterval: number;
}

export const defaultServerSettings: ServerSettings = Object.freeze({
  host: '127.0.0.1',
  port: 50_051,
  shutdownGrace: 10,
  workers: 1,
  metricsPort: undefined,
  metricsHost: '127.0.0.1',
  openTelemetry: false,
  tlsCert: undefined,
  tlsKey: undefined,
  tlsClientCa: undefined,
  tokenFile: undefined,
  jwtJwksUrl: undefined,
  jwtPublicKey: undefined,
  jwtIssuer: undefined,
  jwtAudience: undefined,
  reflection: false,
  accessLog: true,
  maxStreams: 10_000,
  maxStreamsPerClient: 1000,
  maxCallsPerSecond: 1000,
  maxConnections: 10_000,
  maxConnectionsPerClient: 1000,
  maxRequestBytes: 1024 * 1024,
  maxConnectionAge: 0,
  minPingInterval: 5,
});

/** The smallest and the largest value that each numeric setting may have. */
export const serverBounds = Object.freeze({
  shutdownGrace: { min: 0, max: 3600 },
  workers: { min: 1, max: 256 },
  maxStreams: { min: 0, max: 1_000_000 },
  maxStreamsPerClient: { min: 0, max: 1_000_000 },
  maxCallsPerSecond: { min: 0, max: 1_000_000 },
  maxConnections: { min: 0, max: 1_000_000 },
  maxConnectionsPerClient: { min: 0, max: 1_000_000 },
  maxRequestBytes: { min: 1024, max: 64 * 1024 * 1024 },
  maxConnectionAge: { min: 0, max: 30 * 86_400 },
  minPingInterval: { min: 0, max: 3600 },
});
