import type { ServerSettings, StreamingSettings } from './settings-types.js';

// What a `grpc-stream.config.ts` imports: a server loads this, and nothing that checks files.

export type { StreamingSettings };

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

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

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
