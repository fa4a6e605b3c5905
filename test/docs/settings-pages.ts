import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isChoice, isNumeric, type Setting, type SettingsTable } from '../../src/config/setting.js';
import { serverSettings, streamingSettings } from '../../src/config/settings.js';
import { replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file that is made from the table of settings, wholly or between markers. */
export interface SettingsPage {
  readonly path: string;
  readonly render: (before: string) => string;
}

export const settingsPages: readonly SettingsPage[] = [
  { path: 'src/config/settings-types.ts', render: settingsTypes },
  {
    path: 'docs/settings.md',
    render: (page) =>
      replaceBetweenMarkers(
        replaceBetweenMarkers(page, 'settings:streaming', settingsTable('streaming', streamingSettings)),
        'settings:server',
        settingsTable('server', serverSettings),
      ),
  },
];

/** What a page holds, and what the table of settings makes of it. */
export function settingsPage({ path, render }: SettingsPage): { file: string; before: string; after: string } {
  const file = join(root, path);
  const before = readFileSync(file, 'utf8');
  return { file, before, after: render(before) };
}

/** The types are written out, rather than derived, because editors show the docstrings of such types everywhere. */
function settingsTypes(): string {
  return [
    '// Written by `npm run docs:reference` from settings.ts; change that.',
    '',
    '/** How rows are streamed. Every default is safe for any table; `grpc-stream bench` measures what suits yours. */',
    ...interfaceOf('StreamingSettings', streamingSettings),
    '',
    "/** How the server listens, whom it admits, and how much of it one client may use. Paths are relative to the project's folder. */",
    ...interfaceOf('ServerSettings', serverSettings),
    '',
  ].join('\n');
}

function interfaceOf(name: string, table: SettingsTable): string[] {
  const members = Object.entries(table).flatMap(([key, setting]) => [
    ...docstring(setting),
    `  readonly ${key}: ${typeOf(setting)};`,
  ]);
  return [`export interface ${name} {`, ...members, '}'];
}

const LINE_WIDTH = 120;

function docstring(setting: Setting<unknown>): string[] {
  const text = `${capitalized(setting.help)}. ${defaultSentence(setting)}`;
  const line = `  /** ${text} */`;
  return line.length <= LINE_WIDTH ? [line] : ['  /**', ...wrapped(text).map((part) => `   * ${part}`), '   */'];
}

function defaultSentence(setting: Setting<unknown>): string {
  if (setting.default === undefined) return 'Default: none.';
  const text = shown(setting, setting.default);
  return setting.kind === 'seconds' ? `In seconds; default ${text}.` : `Default ${text}.`;
}

function wrapped(text: string): string[] {
  return text.match(/.{1,115}(?:\s|$)/g)?.map((line) => line.trim()) ?? [];
}

function typeOf(setting: Setting<unknown>): string {
  if (isChoice(setting)) return setting.choices.map((word) => `'${word}'`).join(' | ');
  const { kind, default: value } = setting;
  const type = kind === 'boolean' ? 'boolean' : kind === 'string' || kind === 'file' ? 'string' : 'number';
  const union = isNumeric(setting) && setting.word !== undefined ? `${type} | '${setting.word}'` : type;
  return value === undefined ? `${union} | undefined` : union;
}

/** A row for each setting: its name, its default, what it may be, and what it is. */
function settingsTable(section: string, table: SettingsTable): string {
  const rows = Object.entries(table).map(
    ([key, setting]) => `| \`${key}\` | ${defaultCell(setting)} | ${allowed(setting)} | ${setting.help} |`,
  );
  return [`| \`${section}.\` | default | allowed | |`, '| --- | --- | --- | --- |', ...rows].join('\n');
}

function allowed(setting: Setting<unknown>): string {
  if (setting.kind === 'boolean') return 'true, false';
  if (isChoice(setting)) return setting.choices.join(', ');
  if (!isNumeric(setting)) return setting.unit;
  const word = setting.word === undefined ? '' : `, \`${setting.word}\``;
  return `${shown(setting, setting.min)} to ${shown(setting, setting.max)}${unitOf(setting)}${word}`;
}

function defaultCell(setting: Setting<unknown>): string {
  return setting.default === undefined ? 'none' : shown(setting, setting.default) + unitOf(setting);
}

function unitOf({ kind }: Setting<unknown>): string {
  return kind === 'seconds' ? ' s' : '';
}

/** A value as people read it: `1,000`, `8 MiB`, `true`. */
function shown({ kind, unit }: Setting<unknown>, value: unknown): string {
  if (typeof value !== 'number' || kind === 'port') return String(value);
  return unit === 'bytes' ? bytesText(value) : value.toLocaleString('en');
}

function bytesText(bytes: number): string {
  const units = [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const;
  const [unit, size] = units.find(([, size]) => bytes % size === 0) ?? ['bytes', 1];
  return `${bytes / size} ${unit}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
