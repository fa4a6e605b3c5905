export { type RunServerOptions, runServer } from './run-server.js';
export { type RunningServer, type StartServerOptions, startServer } from './start-server.js';
