import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import type { GrpcStreamConfig } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import { loadConfig } from '../../project/load-config.js';
import { type BenchResult, type ClearSettings, clearSettings } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { Prompt } from '../init/prompt.js';

/**
 * Writes the advice that is clear into the project's configuration, after showing the change and asking. The changed
 * file is loaded before it takes the place of the old one: unless it means exactly what it should, nothing is written.
 *
 * @throws UsageError when there is nobody to ask and `--yes` was not given.
 */
export async function applyAdvice(context: CliContext, result: BenchResult, yes: boolean): Promise<void> {
  const settings = clearSettings(result.guidance);
  if (Object.keys(settings).length === 0) {
    return context.note('- nothing to apply: the measurements support no value beyond noise; more --rounds may');
  }
  const { config, file } = await loadConfig(context.cwd, context.configFile);
  if (file === undefined) return context.note(`- no configuration file here; write into one:\n${snippet(settings)}`);
  if (isDeepStrictEqual({ ...config.streaming, ...settings }, config.streaming)) {
    return context.note(`✔ ${relative(context.cwd, file)} has these settings already`);
  }
  const before = await readFile(file, 'utf8');
  const after = await changedFile(file, before, { config, settings });
  if (after === undefined) {
    return context.note(
      `- ${relative(context.cwd, file)} is written in a way that cannot be changed for certain; write into it:\n${snippet(settings)}`,
    );
  }
  const path = relative(context.cwd, file);
  process.stderr.write(createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 2 }));
  if (!yes && !(await agrees(context))) return context.note('- not applied');
  await writeFile(file, after);
  context.note(`✔ applied to ${path}`);
}

function snippet(settings: ClearSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => `    ${name}: ${value},`);
  return ['  streaming: {', ...lines, '  },'].join('\n');
}

interface Change {
  readonly config: GrpcStreamConfig;
  readonly settings: ClearSettings;
}

/** The new text, loaded from beside the old file and found to mean the old configuration with these settings. */
async function changedFile(file: string, before: string, { config, settings }: Change): Promise<string | undefined> {
  const after = setStreaming(before, settings);
  if (after === undefined) return undefined;
  const trial = join(dirname(file), `.${basename(file, extname(file))}.${process.pid}${extname(file)}`);
  try {
    await writeFile(trial, after, { flag: 'wx' });
    const loaded = await loadConfig(dirname(file), trial);
    const wanted = { ...config, streaming: { ...config.streaming, ...settings } };
    return isDeepStrictEqual(loaded.config, wanted) ? after : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  } finally {
    await rm(trial, { force: true });
  }
}

async function agrees({ signal }: CliContext): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError('bench.not_asked', 'nothing was applied: there is no terminal to ask on', {
      nextActions: ['add --yes to apply without being asked'],
    });
  }
  return new Prompt(signal).yes('Apply?');
}

/**
 * A configuration's source with these streaming settings in it; undefined when it is written in a way that this cannot
 * change for certain (a spread, a variable, a call). Touches nothing but the numbers, or adds what is missing.
 *
 * @example
 * setStreaming("export default defineConfig({ streaming: { chunkSize: 1000 } });", { chunkSize: 500 });
 * // "export default defineConfig({ streaming: { chunkSize: 500 } });"
 */
export function setStreaming(source: string, settings: ClearSettings): string | undefined {
  const masked = maskSource(source);
  const root = rootObject(masked);
  if (root === undefined) return undefined;
  const streaming = propertyOf(masked, root, 'streaming');
  const entries = Object.entries(settings);
  if (streaming === undefined) {
    return insert(source, root, `streaming: { ${entries.map(([name, value]) => `${name}: ${value}`).join(', ')} }`);
  }
  if (masked[streaming] !== '{') return undefined;
  return entries.reduce<string | undefined>(
    (text, [name, value]) => (text === undefined ? undefined : setNumber(text, streaming, name, value)),
    source,
  );
}

/** Where the object begins that the module exports: one, or none that can be told. */
function rootObject(masked: string): number | undefined {
  const found = [...masked.matchAll(/export\s+default\s+(?:defineConfig\s*\(\s*)?(?=\{)/g)];
  const [only] = found;
  return only && found.length === 1 ? only.index + only[0].length : undefined;
}

function setNumber(source: string, object: number, name: string, value: number): string | undefined {
  const masked = maskSource(source);
  const start = propertyOf(masked, object, name);
  if (start === undefined) return insert(source, object, `${name}: ${value}`);
  const number = /^\d[\d_]*(?=\s*[,}\n])/.exec(masked.slice(start));
  return number ? source.slice(0, start) + value + source.slice(start + number[0].length) : undefined;
}

/** Where the value of an object's own property begins; not one of an object inside it. */
function propertyOf(masked: string, object: number, name: string): number | undefined {
  let depth = 0;
  for (let at = object; at < masked.length; at++) {
    const letter = masked[at] ?? '';
    if ('{[('.includes(letter)) depth++;
    if ('}])'.includes(letter)) depth--;
    if (depth === 0) return undefined;
    const match = depth === 1 && /[{,\s]/.test(letter) ? keyAt(masked, at + 1, name) : undefined;
    if (match !== undefined) return match;
  }
  return undefined;
}

function keyAt(masked: string, at: number, name: string): number | undefined {
  const key = new RegExp(`(?:${name}|"${name}"|'${name}')\\s*:\\s*`, 'y');
  key.lastIndex = at;
  const match = key.exec(masked);
  return match ? at + match[0].length : undefined;
}

/** As the object's first property, in the way that the others are written: on a line of its own, or not. */
function insert(source: string, object: number, property: string): string {
  const head = source.slice(0, object + 1);
  const tail = source.slice(object + 1);
  const line = /^[ \t]*(\r?\n[ \t]*)/.exec(tail);
  if (line) return `${head}${line[1]}${property},${tail}`;
  const isEmpty = /^\s*\}/.test(tail);
  return isEmpty ? `${head} ${property} ${tail.trimStart()}` : `${head} ${property},${tail}`;
}

/**
 * A program's text with everything that is not code blanked out: comments, and what is inside quotes, unless that is a
 * name. Every character keeps its place, so that what is found here is found there.
 */
export function maskSource(source: string): string {
  return source.replace(TRIVIA, (text) => (isQuotedName(text) ? text : text.replace(/[^\n]/g, ' ')));
}

/** Comments, texts in any quotes. A regular expression has no business in a configuration, and makes its check fail. */
const TRIVIA = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** A property may be named in quotes, as in JSON. */
function isQuotedName(text: string): boolean {
  return /^(["'])[A-Za-z_$][\w$]*\1$/.test(text);
}
