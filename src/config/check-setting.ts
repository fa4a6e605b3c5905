import { isChoice, isNumeric, type NumberSetting, type Setting } from './setting.js';

// Written by hand: a server checks its settings with this alone, and loads no library for the schema of a whole file.

/** Whether a setting may have a value. */
export function isAllowed(setting: Setting<unknown>, value: unknown): boolean {
  if (isNumeric(setting)) return isNumberOf(setting, value) || (setting.word !== undefined && value === setting.word);
  if (isChoice(setting)) return setting.choices.includes(value);
  return setting.kind === 'boolean' ? typeof value === 'boolean' : typeof value === 'string' && value !== '';
}

function isNumberOf({ kind, min, max }: NumberSetting<unknown>, value: unknown): boolean {
  if (typeof value !== 'number' || (kind !== 'seconds' && !Number.isInteger(value))) return false;
  return value >= min && value <= max;
}

/** What a setting may be; completes "… must be". */
export function allowedText(setting: Setting<unknown>): string {
  if (isNumeric(setting)) {
    const what = { seconds: 'seconds,', port: 'a port', whole: 'a whole number' }[setting.kind];
    return `${what} from ${setting.min} to ${setting.max}${setting.word === undefined ? '' : `, or ${setting.word}`}`;
  }
  if (isChoice(setting)) return `one of ${setting.choices.join(', ')}`;
  return setting.kind === 'boolean' ? 'true or false' : 'a string that is not empty';
}
