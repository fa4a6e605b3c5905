export {
  defaultServerSettings,
  defineConfig,
  type GrpcStreamConfig,
  type LogLevel,
  type ServerSettings,
} from './config.js';
export { configSchema, logLevels, serverShape, streamingShape } from './config-schema.js';
export { envName, flagName, resolveServer, resolveStreaming, type SettingsSources } from './resolve-settings.js';
export { showValue } from './show-value.js';
export { defaultStreamingSettings, type StreamingSettings, streamingBounds } from './streaming-settings.js';
