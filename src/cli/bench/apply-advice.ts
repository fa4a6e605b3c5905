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
import { setStreaming } from './set-streaming.js';

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
