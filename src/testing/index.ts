export { failAtRow } from './fail-at-row.js';
export { type FakeCall, type FakeCallOptions, type FakeCallStatus, fakeCall } from './fake-call.js';
export { type FindManyArgs, type InMemoryDelegate, inMemoryDelegate } from './in-memory-delegate.js';
export { type LoopbackServer, startLoopbackServer } from './loopback-server.js';
export { type SlowConsumer, type SlowConsumerPace, slowConsumer } from './slow-consumer.js';
export { type Stall, stallAtRow } from './stall-at-row.js';
