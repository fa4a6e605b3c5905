import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { BenchFlags, BenchProgress, BenchTarget } from '../../bench/index.js';
import { messageOf, UsageError } from '../../errors/index.js';
import type { BenchResult } from '../../model/index.js';
import type { Project } from '../../project/load-project.js';
import { checkJudgement } from '../bench/check-judgement.js';
import { addApplyFlags, addJudgementFlags, addReportFlags, type JudgementFlags } from '../bench/report-flags.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { packageRoot } from '../package-root.js';
import { benchCompareCommand } from './bench-compare.js';
import { benchReportCommand } from './bench-report.js';
import { benchSchemaCommand } from './bench-schema.js';

interface BenchCommandFlags extends BenchFlags, JudgementFlags {
  readonly model?: string;
  readonly demo?: boolean;
  readonly out?: string;
}

export function benchCommand(runtime: CliRuntime): Command {
  const command = new Command('bench')
    .description('measure what chunk size and check interval do to speed, memory and cancellation, and advise')
    .option('--scenario <names>', 'what to measure: names or patterns such as throughput,lat*; see below')
    .option('--chunk <sizes>', 'rows a database round trip: a list, or a range such as 100..10000x2 or 100..1000+100')
    .option('--check-interval <rows>', 'rows between two looks at cancellation, a list (default: 10,100,1000)')
    .option('--batch <rows>', 'rows in a message of the batch stream, a list; 0 for row streams only (default: 500)')
    .option('--rows <count>', 'rows in the demo’s table, or most to read of yours (default: 100000; quick: 20000)')
    .option('--row-bytes <bytes>', 'sizes of the demo’s rows (default: 150)')
    .option('--clients <counts>', 'clients side by side')
    .option('--rtt <ms>', 'round trips that are added between client and server')
    .option('--window <bytes>', 'the client’s flow-control windows, such as 64k,1m')
    .option('--pace <rows>', 'rows a second that a slow consumer takes')
    .option('--rate <reads>', 'short reads a second, begun by the clock')
    .option('--rounds <count>', 'times that each setting is measured (default: 10; quick: 8)')
    .option('--precision <share>', 'go on until every rate is known this well, such as 5%')
    .option('--max-time <seconds>', 'begin no round that would end later (default: 480; quick: 45)')
    .option('--seed <number>', 'decides the demo’s rows, the order and the points of cancellation (default: 1)')
    .option('--quick', 'a smaller sweep, done within a minute')
    .option('--model <name>', 'model of your project to read')
    .option('--demo', 'the built-in demo, even inside a project')
    .option('--out <file>', 'also save the result there');
  addApplyFlags(addJudgementFlags(addReportFlags(command))).addHelpText('after', examples);
  for (const create of [benchCompareCommand, benchReportCommand, benchSchemaCommand])
    command.addCommand(create(runtime));
  return command.action((flags: BenchCommandFlags) => runAction(command, runtime, (context) => bench(context, flags)));
}

const examples = `
Examples:
  $ grpc-stream bench --quick
  $ grpc-stream bench --chunk 250,500,1000 --check-interval 100 --rounds 20
  $ grpc-stream bench --scenario distance --rtt 0,20,80 --window 64k..4mx4
  $ grpc-stream bench --json > result.json

Scenarios:
  throughput     which settings bring the most rows a second, and what they cost
  cancel         what the server still does for a client that has left
  latency        how long short reads take that begin by the clock (--rate)
  slow-consumer  what the server holds for a client that is slower (--pace)
  memory         the server's peak as the table grows, beside reading it whole
  many-clients   what many clients get together, and how evenly (--clients)
  distance       what a round trip costs, and the window that makes up for it (--rtt, --window)
  legacy, offset, plain
                 what is gained over the whole table in memory, over skip and take, over a handler by hand
By default throughput, cancel, memory, legacy, offset and plain; with --quick the first two.

In a project it reads the project's own table through DATABASE_URL, and writes nothing to it. Anywhere else it needs no
project, no server and no network: a table is made in a scratch folder and removed.
Results are kept in .grpc-stream/bench/.`;

async function bench(context: CliContext, flags: BenchCommandFlags): Promise<number | undefined> {
  checkJudgement(context, flags);
  const { openProcessExecutor, resolveBenchSettings, runBench } = await import('../../bench/index.js');
  const { signal } = context;
  const settings = resolveBenchSettings(flags);
  const target = await chooseTarget(context, flags);
  if (flags.against !== undefined) {
    const { benchAgainst } = await import('../bench/bench-against.js');
    return benchAgainst(context, { target, settings, folder: flags.against, failOn: flags.failOn });
  }
  const progress = showProgress(context);
  const result = await runBench({
    settings,
    signal,
    openExecutor: (onPrepare) => openProcessExecutor({ target, settings, signal, onPrepare }),
    onProgress: progress.update,
  }).finally(progress.stop);
  await save(context, result, flags.out);
  const { afterBench } = await import('../bench/after-bench.js');
  return afterBench(context, result, flags);
}

/** A project with generated services is what its user wants measured; all others get the demo. */
async function chooseTarget(context: CliContext, { model, demo }: BenchCommandFlags): Promise<BenchTarget> {
  const [{ demoTarget, projectTarget }, { loadProject }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../project/load-project.js'),
  ]);
  if (demo) return demoTarget(packageRoot());
  const project = await loadProject(context);
  if (project.configFile === undefined || !existsSync(join(project.generatedDir, 'services.ts'))) {
    if (model === undefined) return demoTarget(packageRoot());
    throw new UsageError('bench.no_project', `--model is "${model}", and there are no generated services here`, {
      nextActions: ['run `npx grpc-stream generate` in your project, or leave --model out to bench the demo'],
    });
  }
  const { resolveStreaming } = await import('../../config/index.js');
  const chosen = model ?? (await mainModel(project, context));
  await assertDatabaseOpens(project);
  const streaming = resolveStreaming({ env: process.env, config: project.config }, chosen);
  return projectTarget({ ...project, model: chosen, streaming });
}

/** The first of those that `seed` fills by default: no other model points to it, so its table is a long one. */
async function mainModel({ schemaPath }: Project, { note }: CliContext): Promise<string> {
  const [{ loadSchema }, { emptyLock, settleNames }, { modelsToSeed }] = await Promise.all([
    import('../../schema/index.js'),
    import('../../proto/index.js'),
    import('../../database/index.js'),
  ]);
  const schema = settleNames(await loadSchema(schemaPath), emptyLock);
  const [name] = modelsToSeed(schema);
  if (name === undefined) throw new UsageError('bench.no_model', `${schemaPath} has no model that can be streamed`);
  if (schema.models.length > 1) note(`- reading ${name}; --model chooses another`);
  return name;
}

/** Says what the project's database lacks before any process is started. */
async function assertDatabaseOpens(project: Project): Promise<void> {
  const { openProjectDatabase } = await import('../project-database.js');
  const { close } = await openProjectDatabase(project, { mustExist: true });
  await close();
}

/** The history is a courtesy, and a folder that cannot be written to is a remark; a file that was asked for is a promise. */
async function save({ cwd, note }: CliContext, result: BenchResult, out: string | undefined): Promise<void> {
  const { historyFile, saveResult } = await import('../../bench/index.js');
  const file = historyFile(cwd, result);
  try {
    await saveResult(file, result);
    note(`✔ saved to ${relative(cwd, file)}`);
  } catch (error) {
    note(`warning not saved: ${messageOf(error)}`);
  }
  if (out !== undefined) await saveResult(resolve(cwd, out), result);
}

const phases: Readonly<Record<BenchProgress['phase'], string>> = {
  prepare: 'making and reading the table',
  memory: 'measuring memory, each setting on a fresh server',
  'warm-up': 'warming up',
  measure: 'measuring',
};

/** Where a bench stands, on stderr; off a terminal only a change of phase is worth a line. */
function showProgress(context: CliContext): { update(progress: BenchProgress): void; stop(): void } {
  const spinner = context.spinner(phases.prepare).start();
  let phase: BenchProgress['phase'] = 'prepare';
  return {
    update(progress) {
      const isNewPhase = progress.phase !== phase;
      phase = progress.phase;
      spinner.text = describe(progress);
      if (isNewPhase && !spinner.isSpinning) context.note(`- ${phases[phase]}`);
    },
    stop: () => void spinner.stop(),
  };
}

function describe(progress: BenchProgress): string {
  if (progress.phase !== 'measure') return `${phases[progress.phase]} ${percent(progress.done, progress.total)}`;
  const { round, rounds, step, steps, etaMs } = progress;
  return `measuring: round ${round} of ${rounds}, ${percent(step, steps)}; about ${Math.ceil(etaMs / 1000)} s left`;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
