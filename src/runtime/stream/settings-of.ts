import { defaultStreamingSettings, type StreamingSettings } from '../../config/index.js';

/** All settings, from options that name a few; one that is given as undefined means its default. */
export function settingsOf(options: Partial<StreamingSettings>): StreamingSettings {
  const given = Object.entries(options).filter(
    ([key, value]) => key in defaultStreamingSettings && value !== undefined,
  );
  return { ...defaultStreamingSettings, ...Object.fromEntries(given) };
}
