export * from './cell.js';
export type * from './comparison.js';
export * from './result.js';
export {
  type BenchChunk,
  type BenchLoad,
  type BenchMethod,
  type BenchSetting,
  type BenchSettings,
  describeLoad,
  describeSetting,
  type Immutable,
  inOrder,
  isPaced,
  type LoadSweep,
  loadWords,
  plainLoad,
  type ScenarioName,
  type StreamMode,
  scenarioNames,
  settingSchema,
  settingsSchema,
} from './setting.js';
