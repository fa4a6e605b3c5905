export { type ChannelOptions, openChannel } from './channel.js';
export { createClient, type StreamCallOptions, type StreamClient } from './create-client.js';
