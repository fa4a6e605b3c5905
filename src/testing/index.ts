export { type FindManyArgs, type InMemoryDelegate, inMemoryDelegate } from './in-memory-delegate.js';
export { type LoopbackServer, startLoopbackServer } from './loopback-server.js';
