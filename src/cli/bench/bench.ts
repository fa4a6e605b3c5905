import { Command } from 'commander';
import type { BenchFlags } from '../../bench/index.js';
import type { BenchResult } from '../../results/index.js';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { chooseTarget, type TargetFlags } from './choose-target.js';
import { addApplyFlags, addJudgementFlags, addReportFlags, assertTogether, type JudgementFlags } from './flags.js';
import { checkJudgement } from './judge.js';
import { type PlannedRun, planRun } from './plan-run.js';
import type { RemoteFlags } from './remote-server.js';
import { benchCompareCommand, benchReportCommand, benchSchemaCommand } from './saved-results.js';
import { showProgress } from './show-progress.js';
import { saveHistory } from './write-reports.js';

interface BenchCommandFlags extends BenchFlags, JudgementFlags, TargetFlags, RemoteFlags {
  readonly out?: string;
  readonly resume?: string | true;
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
    .option('--partitions <counts>', 'parts of the table that are read side by side')
    .option('--consistency <kinds>', 'chunked, snapshot or both')
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
    .option('--target <host:port>', 'a server that runs already; what cannot be seen from outside is left blank')
    .option('--service <name>', 'with --target outside a project: its service, such as library.v1.BookStreamService')
    .option('--tls', 'with --target: TLS, trusting the authorities that Node does')
    .option('--tls-ca <file>', 'with --target: TLS, trusting this authority (PEM)')
    .option('--tls-cert <file>', 'with --target: the client’s own certificate (PEM), and --tls-key its key')
    .option('--tls-key <file>', 'with --target: the key of --tls-cert (PEM)')
    .option('--token <token>', 'with --target: sent as a bearer token; better in GRPC_STREAM_TOKEN')
    .option('--resume [file]', 'go on with the bench that was interrupted last, or with that of a file')
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
  $ grpc-stream bench --target db-gateway:50051 --tls --model Book
  $ grpc-stream bench --json > result.json

Scenarios:
  throughput     which settings bring the most rows a second, and what they cost
  cancel         what the server still does for a client that has left
  latency        how long short reads take that begin by the clock (--rate)
  slow-consumer  what the server holds for a client that is slower (--pace)
  memory         the server's peak as the table grows, beside reading it whole
  many-clients   what many clients get together, and how evenly (--clients)
  distance       what a round trip costs, and the window that makes up for it (--rtt, --window)
  partitions     how much sooner a table arrives that is read in parts (--partitions)
  legacy, offset, plain
                 what is gained over the whole table in memory, over skip and take, over a handler by hand
By default throughput, cancel, memory, legacy, offset and plain; with --quick the first two.

In a project it reads the project's own table through DATABASE_URL, and writes nothing to it. Anywhere else it needs no
project, no server and no network: a table is made in a scratch folder and removed.
Results are kept in .grpc-stream/bench/.`;

async function bench(context: CliContext, flags: BenchCommandFlags): Promise<number | undefined> {
  assertTogether(flags);
  await checkJudgement(context, flags);
  if (flags.against !== undefined) {
    const [{ benchAgainst }, { resolveBenchSettings }] = await Promise.all([
      import('./bench-against.js'),
      import('../../bench/index.js'),
    ]);
    const settings = resolveBenchSettings(flags);
    const { target } = await chooseTarget(context, flags);
    const { against: folder, failOn } = flags;
    return benchAgainst(context, { target, settings, exactRounds: flags.rounds !== undefined, folder, failOn });
  }
  const run = await planRun(context, flags);
  const result = await measure(context, run);
  if (await saveHistory(context, result)) await run.journal.remove();
  const { afterBench } = await import('./judge.js');
  return afterBench(context, result, flags);
}

async function measure(context: CliContext, { settings, source, journal, open }: PlannedRun): Promise<BenchResult> {
  const { runScenarios } = await import('../../bench/index.js');
  const { signal, cwd } = context;
  const progress = showProgress(context, source);
  try {
    return await runScenarios({ settings, signal, cwd, journal, openExecutor: open, onProgress: progress.update });
  } catch (error) {
    progress.stop();
    if (journal.length > 0)
      context.note(`- what was measured is kept (${journal.length}); --resume goes on from there`);
    throw error;
  } finally {
    progress.stop();
  }
}
