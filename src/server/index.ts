export { type CallContext, callContext, type Principal } from '../runtime/index.js';
export type { Authenticate } from './authenticate.js';
export type { CallLimits } from './call-limits.js';
export { type CheckHealthOptions, checkHealth, type ServingStatus } from './check-health.js';
export type { IncomingCall } from './incoming-call.js';
export { type JwtOptions, jwtAuthenticator } from './jwt-authenticator.js';
export type { TlsFiles } from './read-tls-files.js';
export { type RunServerOptions, runServer } from './run-server.js';
export {
  type MetricsRegister,
  type RunningMetricsServer,
  type StartMetricsServerOptions,
  startMetricsServer,
} from './start-metrics-server.js';
export { type RunningServer, type StartServerOptions, startServer } from './start-server.js';
export { tokenAuthenticator } from './token-authenticator.js';
