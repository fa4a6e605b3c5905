import { flagName } from '../config/index.js';
import type { BenchResult, BenchTable } from '../results/index.js';

/** The run that a command repeats in part. */
export type CommandedRun = Pick<BenchResult, 'table' | 'settings'>;

interface CommandOptions {
  /** Flags of that run that the command does not have, by their names in camel case. */
  readonly without: readonly string[];
  /** Flags that it has instead, as they are typed. */
  readonly flags: readonly string[];
}

/**
 * The command that measures the same table again, with the flags that the run was given: one line, to be copied.
 *
 * @example
 * benchCommand(run, { without: ['maxTime'], flags: ['--max-time 120'] });
 * // 'npx grpc-stream bench --demo --quick --max-time 120'
 */
export function benchCommand({ table, settings }: CommandedRun, { without, flags }: CommandOptions): string {
  const given = Object.entries(settings.given)
    .filter(([flag]) => !without.includes(flag))
    .map(([flag, value]) => (value === '' ? flagName(flag) : `${flagName(flag)} ${quoted(value)}`));
  return ['npx grpc-stream bench', ...targetFlags(table, settings), ...given, ...flags].join(' ');
}

/** The flags that name the table, where those that were given do not. */
function targetFlags({ source, model, address }: BenchTable, { given }: CommandedRun['settings']): string[] {
  if ('demo' in given || 'model' in given || 'target' in given) return [];
  if (source === 'demo') return ['--demo'];
  return [address === undefined ? `--model ${model}` : `--target ${address} --model ${model}`];
}

/** As a shell takes it. */
function quoted(value: string): string {
  return /^[\w.,:/@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
