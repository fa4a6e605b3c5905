export { type FakeCall, type FakeCallOptions, type FakeCallStatus, fakeCall } from './fake-call.js';
export { failAtRow, type Stall, stallAtRow } from './faults.js';
export { type FindManyArgs, type InMemoryDelegate, inMemoryDelegate } from './in-memory-delegate.js';
export { type LoopbackServer, startLoopbackServer } from './loopback-server.js';
export { type SlowConsumer, type SlowConsumerPace, slowConsumer } from './slow-consumer.js';
