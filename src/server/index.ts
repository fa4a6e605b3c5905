export { type Database, type DatabaseModule, openDatabase } from '../runtime/database/open-database.js';
export { type CallContext, callContext, type Principal } from '../runtime/index.js';
export { type Authenticate, type IncomingCall, tokenAuthenticator } from './auth/authenticate.js';
export { type JwtOptions, jwtAuthenticator } from './auth/jwt-authenticator.js';
export { type CheckHealthOptions, checkHealth, type ServingStatus } from './health.js';
export type { CallLimits } from './limits/client-limits.js';
export { type RunServerOptions, runServer } from './run-server.js';
export { type RunningServer, type StartServerOptions, startServer } from './start-server.js';
export {
  type MetricsRegister,
  type RunningMetricsServer,
  type StartMetricsServerOptions,
  startMetricsServer,
} from './telemetry/metrics-server.js';
export type { TlsFiles } from './tls.js';
