export { type RunServerOptions, runServer } from './run-server.js';
export {
  type MetricsRegister,
  type RunningMetricsServer,
  type StartMetricsServerOptions,
  startMetricsServer,
} from './start-metrics-server.js';
export { type RunningServer, type StartServerOptions, startServer } from './start-server.js';
