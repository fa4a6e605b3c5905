import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * Options for grpc-js's `Server` that a server of long streams wants: keepalive is off by default, and a client whose machine died
 * would hold its stream for ever.
 */
export const serverChannelOptions: ChannelOptions = Object.freeze({
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_concurrent_streams': 1000,
  'grpc.max_receive_message_length': 1024 * 1024,
});
