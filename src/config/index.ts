// `config.js`, which checks whole files with zod, is imported from there alone: a server needs none of it.

export { defineConfig, type GrpcStreamConfig, type LogLevel } from './define-config.js';
export { resolveServer, resolveStreaming, type SettingsSources, showValue } from './resolve-settings.js';
export { envName, flagName } from './setting.js';
export {
  defaultServerSettings,
  defaultStreamingSettings,
  settingsOf,
  streamingSettings,
} from './settings.js';
export type { ServerSettings, StreamingSettings } from './settings-types.js';
