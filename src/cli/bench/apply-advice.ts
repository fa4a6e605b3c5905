import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { parseModule } from 'magicast';
import { getDefaultExportOptions } from 'magicast/helpers';
import {
  defaultStreamingSettings,
  type GrpcStreamConfig,
  type StreamingSettings,
  showValue,
} from '../../config/index.js';
import { replaceFile } from '../../disk/index.js';
import { UsageError } from '../../errors/index.js';
import { loadConfig } from '../../project/load-project.js';
import {
  type Advice,
  type BenchChunk,
  type BenchResult,
  type DecidedSettings,
  decidedSettings,
} from '../../results/index.js';
import type { CliContext } from '../context.js';
import { Prompt } from '../prompt.js';

export interface ApplyFlags {
  readonly apply?: boolean;
  readonly yes?: boolean;
}

/**
 * Writes the clear advice into the project's configuration, after it has shown the change and asked. The changed file is loaded before it
 * replaces the old one: if it does not have exactly the expected settings, nothing is written.
 *
 * @throws UsageError without a terminal and without `--yes`.
 */
export async function applyAdvice(context: CliContext, result: BenchResult, { yes }: ApplyFlags): Promise<void> {
  const settings = decidedSettings(result.guidance);
  if (Object.keys(settings).length === 0) {
    return context.note('- nothing to apply: no difference stands out from the noise; more --rounds may show one');
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
      `- ${relative(context.cwd, file)} cannot be changed safely; write into it:\n${snippet(settings)}`,
    );
  }
  const path = relative(context.cwd, file);
  for (const line of changesIn(result, { ...defaultStreamingSettings, ...config.streaming }, settings))
    context.note(line);
  process.stderr.write(createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 2 }));
  if (!yes && !(await agrees(context))) return context.note('- not applied');
  await replaceFile(file, after);
  context.note(`✔ applied to ${path}`);
}

/** The present value, the new one and the measured gain of each setting that changes. */
function changesIn({ guidance }: BenchResult, now: StreamingSettings, settings: DecidedSettings): string[] {
  return (['chunkSize', 'cancellationCheckInterval'] as const).flatMap((setting) => {
    const [before, after] = [now[setting], settings[setting]];
    if (after === undefined || before === after) return [];
    const advice = guidance.find((one) => one.setting === setting && one.recommended === after);
    return [`- ${setting}: ${before} → ${after}; ${gainOf(advice, before, after)}`];
  });
}

function gainOf(advice: Advice | undefined, before: BenchChunk, after: BenchChunk): string {
  const [own, better] = [before, after].map((value) => advice?.candidates.find((one) => one.value === value));
  if (!advice || !own || !better) return `the rate of ${before} was not measured`;
  const percent = (ratio: number) => `${Math.round(ratio * 100)}%`;
  return `${percent(own.ratio)} → ${percent(better.ratio)} of the fastest rate (n=${better.rounds}, ${advice.mode})`;
}

function snippet(settings: DecidedSettings): string {
  const lines = Object.entries(settings).map(([name, value]) => `    ${name}: ${showValue(value)},`);
  return ['  streaming: {', ...lines, '  },'].join('\n');
}

interface Change {
  readonly config: GrpcStreamConfig;
  readonly settings: DecidedSettings;
}

/** The new text, after it was loaded from beside the old file and has the old configuration with these settings. */
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
  return new Prompt(signal).confirm('Apply?');
}

/**
 * A configuration's source with these streaming settings in it; comments and all other code stay as they are.
 *
 * @returns Undefined when the module exports no object that can be edited, such as a variable or a call.
 *
 * @example
 * setStreaming("export default defineConfig({ streaming: { chunkSize: 1000 } });", { chunkSize: 500 });
 * // "export default defineConfig({ streaming: { chunkSize: 500 } });"
 */
export function setStreaming(source: string, settings: DecidedSettings): string | undefined {
  try {
    const module = parseModule(source);
    const config = getDefaultExportOptions(module);
    config.streaming ??= {};
    Object.assign(config.streaming, settings);
    const { code } = module.generate({ lineTerminator: source.includes('\r\n') ? '\r\n' : '\n' });
    // The printer omits comments after the last statement.
    return code + (/\s*$/.exec(source)?.[0] ?? '');
  } catch {
    // The editor throws for code that it cannot edit, and the parser for invalid JavaScript.
    return undefined;
  }
}
