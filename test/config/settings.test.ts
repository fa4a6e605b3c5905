import { describe, expect, it } from 'vitest';
import { serveCommand } from '../../src/cli/serve/serve.js';
import { configSchema } from '../../src/config/config.js';
import { resolveServer, resolveStreaming } from '../../src/config/index.js';
import { envName, flagName, isChoice, isNumeric, type Setting, type SettingsTable } from '../../src/config/setting.js';
import { serverSettings, settingGroups, streamingSettings } from '../../src/config/settings.js';
import { settingsPage, settingsPages } from '../docs/settings-pages.js';

const settings = [
  ...entries('streaming', streamingSettings, resolveStreaming),
  ...entries('server', serverSettings, resolveServer),
];

function entries(
  section: 'streaming' | 'server',
  table: SettingsTable,
  resolve: (sources: { env?: Record<string, string>; flags?: Record<string, string> }) => object,
) {
  return Object.entries(table).map(([name, setting]) => ({ section, name, setting, resolve }));
}

const serve = serveCommand({ signal: new AbortController().signal, exit: () => {} });

describe('every setting', () => {
  it.each(settings)('$section.$name: the configuration takes what the table allows, and nothing else', (entry) => {
    const { section, name, setting } = entry;
    const isAllowed = (value: unknown) => configSchema.safeParse({ [section]: { [name]: value } }).success;
    expect(isAllowed(other(setting))).toBe(true);
    expect(isAllowed({})).toBe(false);
    if (!isNumeric(setting)) return;
    expect([setting.min, setting.max, setting.word].map(isAllowed)).toEqual([true, true, true]);
    expect([setting.min - 1, setting.max + 1].map(isAllowed)).toEqual([false, false]);
  });

  it.each(settings)('$section.$name: its variable and its flag set it', ({ name, setting, resolve }) => {
    const text = String(other(setting));
    const resolved = (sources: Parameters<typeof resolve>[0]): unknown => Reflect.get(resolve(sources), name);
    expect(resolved({})).toBe(setting.default);
    expect(resolved({ env: { [envName(name)]: text } })).toBe(other(setting));
    expect(resolved({ flags: { [name]: text } })).toBe(other(setting));
  });

  it.each(settings)('$section.$name: `serve` has its flag, with the help and the default of the table', (entry) => {
    const { name, setting } = entry;
    const option = serve.options.find(({ long }) => long === flagName(name));
    expect(option?.description).toBe(
      setting.flag ? `${setting.help} (default: ${setting.default ?? 'none'})` : undefined,
    );
    expect(option?.attributeName()).toBe(setting.flag ? name : undefined);
  });

  it.each(settingsPages)('is in $path, as `npm run docs:reference` writes it', (page) => {
    const { before, after } = settingsPage(page);
    expect(before).toBe(after);
  });

  it.each(settings)('$section.$name: its type has a docstring, and the documentation a row', ({ name, setting }) => {
    const [types = '', ...documents] = settingsPages.map((page) => settingsPage(page).before);
    const docstring = new RegExp(`\\*/\\n  readonly ${name}: `);
    expect(types).toMatch(docstring);
    expect(documents.join('\n').split(`\n| \`${name}\` | `)).toHaveLength(2);
    expect(documents.join('\n')).toContain(` | ${setting.help} |\n`);
  });

  it('is in the help of `serve` or without a flag', () => {
    const grouped = Object.values(settingGroups).flatMap((group) => Object.keys(group));
    expect(grouped.sort()).toEqual(settings.map(({ name }) => name).sort());
  });
});

/** A value that is allowed and not the default. */
function other(setting: Setting<unknown>): unknown {
  if (isNumeric(setting)) return setting.default === setting.max ? setting.max - 1 : setting.max;
  if (isChoice(setting)) return setting.choices.at(-1);
  return setting.kind === 'boolean' ? !setting.default : 'another';
}
