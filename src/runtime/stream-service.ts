import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { StreamingSettings } from '../config/index.js';
import type { StreamLogger } from './logger.js';
import type { StreamSummary } from './stream-summary.js';

/** A gRPC service, ready for `server.addService(service.definition, service.implementation)`. */
export interface StreamService {
  /** Full name, such as `library.v1.BookStreamService`. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What the generated `createServices` is handed. */
export interface StreamServiceOptions<Prisma = unknown> {
  readonly prisma: Prisma;
  /** The settings of one model's streams. Default: the defaults, for every model. */
  readonly settingsFor?: (model: string) => StreamingSettings;
  /** Default: silent. `createLogger()` makes one of pino; any logger with pino's methods will do. */
  readonly logger?: StreamLogger;
  /** Aborted when the server shuts down: running streams end with UNAVAILABLE. */
  readonly shutdown?: AbortSignal;
  /** Called once for every stream, after it ended, while metrics are enabled. */
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}
