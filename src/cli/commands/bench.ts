import { Command } from 'commander';
import type { BenchFlags, BenchProgress } from '../../bench/index.js';
import type { BenchResult } from '../../model/index.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { packageRoot } from '../package-root.js';

interface BenchCommandFlags extends BenchFlags {
  readonly out?: string;
}

export function benchCommand(runtime: CliRuntime): Command {
  const command = new Command('bench')
    .description('measures how chunk size and check interval move speed, memory and cancellation, and advises')
    .option('--chunk <sizes>', 'rows a database round trip, a list (default: 100,500,1000,5000)')
    .option('--check-interval <rows>', 'rows between two looks at cancellation, a list (default: 10,100,1000)')
    .option('--batch <rows>', 'rows in a message of the batch stream, a list; 0 for row streams only (default: 500)')
    .option('--rows <count>', 'rows in the table (default: 100000; quick: 30000)')
    .option('--row-bytes <bytes>', 'size of a row (default: 150)')
    .option('--rounds <count>', 'times that each setting is measured (default: 10; quick: 8)')
    .option('--max-time <seconds>', 'begin no round that would end later (default: 480; quick: 45)')
    .option('--seed <number>', 'decides rows, order and points of cancellation (default: 1)')
    .option('--quick', 'a smaller sweep, done within a minute')
    .option('--out <file>', 'also save the result there')
    .addHelpText('after', examples);
  return command.action((flags: BenchCommandFlags) => runAction(command, runtime, (context) => bench(context, flags)));
}

const examples = `
Examples:
  $ grpc-stream bench --quick
  $ grpc-stream bench --chunk 250,500,1000 --check-interval 100 --rounds 20
  $ grpc-stream bench --json > result.json

Needs no project, no server and no network: the table is made in a scratch folder and removed.
Results are kept in .grpc-stream/bench/.`;

async function bench(context: CliContext, flags: BenchCommandFlags): Promise<void> {
  const { demoTarget, openProcessExecutor, resolveBenchSettings, runBench } = await import('../../bench/index.js');
  const { signal } = context;
  const settings = resolveBenchSettings(flags);
  const target = demoTarget(packageRoot());
  const progress = showProgress(context);
  try {
    const result = await runBench({
      settings,
      signal,
      openExecutor: (onPrepare) => openProcessExecutor({ target, settings, signal, onPrepare }),
      onProgress: progress.update,
    });
    progress.done();
    await save(context, result, flags.out);
    await print(context, result);
  } catch (error) {
    progress.fail();
    throw error;
  }
}

/** The history is a courtesy, and a folder that cannot be written to is a remark; a file that was asked for is a promise. */
async function save({ cwd, note }: CliContext, result: BenchResult, out: string | undefined): Promise<void> {
  const [{ historyFile, saveResult }, { resolve, relative }] = await Promise.all([
    import('../../bench/index.js'),
    import('node:path'),
  ]);
  const file = historyFile(cwd, result);
  try {
    await saveResult(file, result);
    note(`saved to ${relative(cwd, file)}`);
  } catch (error) {
    note(`not saved: ${error instanceof Error ? error.message : error}`);
  }
  if (out !== undefined) await saveResult(resolve(cwd, out), result);
}

async function print({ json, print }: CliContext, result: BenchResult): Promise<void> {
  if (json) return print(JSON.stringify(result));
  const { renderBench } = await import('../../report/index.js');
  print(renderBench(result, { color: showsColor() }));
}

function showsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

/** Where a bench stands, on stderr. */
interface ProgressLine {
  update(progress: BenchProgress): void;
  done(): void;
  fail(): void;
}

/** Off a terminal only a change of phase is worth a line. */
function showProgress(context: CliContext): ProgressLine {
  const spinner = context.spinner(phases.prepare).start();
  let phase: BenchProgress['phase'] = 'prepare';
  return {
    update(progress) {
      const isNewPhase = progress.phase !== phase;
      phase = progress.phase;
      spinner.text = describe(progress);
      if (isNewPhase && !spinner.isSpinning) context.note(`- ${phases[phase]}`);
    },
    done: () => void spinner.stop(),
    fail: () => void spinner.stop(),
  };
}

const phases: Readonly<Record<BenchProgress['phase'], string>> = {
  prepare: 'making the table',
  memory: 'measuring memory, each setting on a fresh server',
  'warm-up': 'warming up',
  measure: 'measuring',
};

function describe(progress: BenchProgress): string {
  if (progress.phase !== 'measure') return `${phases[progress.phase]} ${percent(progress.done, progress.total)}`;
  const { round, rounds, step, steps, etaMs } = progress;
  return `measuring: round ${round} of ${rounds}, ${percent(step, steps)}; about ${Math.ceil(etaMs / 1000)} s left`;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
