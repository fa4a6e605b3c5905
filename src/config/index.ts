export { defineConfig, type GrpcStreamConfig, type LogLevel } from './config.js';
export { configSchema, logLevels, serverShape, streamingShape } from './config-schema.js';
export { envName, flagName, resolveServer, resolveStreaming, type SettingsSources } from './resolve-settings.js';
export { defaultServerSettings, type ServerSettings, serverBounds } from './server-settings.js';
export { showValue } from './show-value.js';
export { defaultStreamingSettings, type StreamingSettings, streamingBounds } from './streaming-settings.js';
