export type { FieldViolation } from '../errors/index.js';
export type { ServiceFacts, StreamCallOptions } from './calls.js';
export { type ChannelOptions, type Connection, connect, openChannel, type TlsOptions } from './channel.js';
export {
  createClient,
  type ModelClient,
  type ModelClientFacts,
  modelClient,
  type StreamClient,
  type StreamRequestOf,
} from './clients.js';
export { modelStream, type RowStream, type StreamOptions } from './model-stream.js';
export type { JsonKey, KeyColumnType, KeyTypes, RangePosition, StreamPosition } from './position.js';
export type { ProgressOptions, StreamProgress } from './progress.js';
export type { ResumeOptions, RetryOptions, StreamBreak } from './resume.js';
export { fieldViolationsOf, reasonOf, retryDelayOf, statusOf } from './status.js';
