export type { FieldViolation } from '../errors/index.js';
export { type ChannelOptions, openChannel } from './channel.js';
export { createClient, type StreamCallOptions, type StreamClient } from './create-client.js';
export { fieldViolationsOf, reasonOf, retryDelayOf } from './status-details.js';
