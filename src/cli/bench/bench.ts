import { Command, Option } from 'commander';
import { type CliRuntime, runAction } from '../context.js';
import { addConnectionFlags } from '../flags.js';
import type { BenchCommandFlags } from './run-bench.js';

export function benchCommand(runtime: CliRuntime): Command {
  const command = new Command('bench')
    .description('measure how chunk size and check interval change speed, memory and cancellation, and advise')
    .option('--scenario <names>', 'scenarios to measure: names or patterns such as throughput,lat*; see below')
    .option(
      '--chunk <sizes>',
      'rows a database round trip: a list with numbers and auto, or a range such as 100..10000x2 or 100..1000+100',
    )
    .option('--check-interval <rows>', 'rows between two checks for cancellation, a list (default: 10,100,1000)')
    .option('--batch <rows>', 'rows in a message of the batch stream, a list; 0 for row streams only (default: 500)')
    .option('--rows <count>', 'rows in the demo’s table, or most to read of yours (default: 100000)')
    .option('--row-bytes <bytes>', 'sizes of the demo’s rows (default: 150)')
    .option('--clients <counts>', 'clients side by side')
    .option('--partitions <counts>', 'parts of the table that are read side by side')
    .option('--consistency <kinds>', 'chunked, snapshot or both')
    .option('--compression <kinds>', 'messages as they are (none), compressed (gzip) or both')
    .option('--rtt <ms>', 'round trips that are added between client and server')
    .option('--window <bytes>', 'the client’s flow-control windows, such as 64k,1m')
    .option('--pace <rows>', 'rows a second that a slow consumer takes')
    .option('--rate <reads>', 'short reads a second, begun by the clock')
    .option(
      '--rounds <count>',
      'times that each setting is measured (default: 10, up to 30 where noise asks for it; quick: 6)',
    )
    .option('--precision <share>', 'go on until every rate is known this well, such as 5%')
    .option('--max-time <seconds>', 'start no round that would end later than this (default: 480; quick: 55)')
    .option('--seed <number>', 'decides the demo’s rows, the order and the points of cancellation (default: 1)')
    .option('--quick', 'a smaller sweep, done within a minute')
    .option('--model <name>', 'model of your project to read')
    .addOption(
      new Option('--demo', 'the built-in demo, with its own model, even inside a project').conflicts([
        'target',
        'model',
      ]),
    )
    .option('--target <host:port>', 'a server that runs already; figures that cannot be seen from outside stay blank')
    .addOption(
      new Option(
        '--service <name>',
        'with --target outside a project: its service, such as library.v1.BookStreamService',
      ).conflicts('model'),
    );
  addConnectionFlags(command, 'with --target: ')
    .option('--resume [file]', 'go on with the bench that was interrupted last, or with that of a file')
    .option('--out <file>', 'also save the result there');
  addReportFlags(command)
    .option(
      '--baseline <file>',
      'compare with a saved result; exits with 10 when slower beyond noise, 12 when undecided',
    )
    .addOption(
      new Option(
        '--against <folder>',
        'measure the build in that folder in turns with this one, and compare the rates of the sweep; makes no report of one build',
      ).conflicts(NOT_AGAINST),
    )
    .option(
      '--expect <figures...>',
      "exits with 10 when a setting misses one, such as 'rows/s>=200000' 'first-row-p99<=20ms'",
    )
    .option(
      '--fail-on <limit>',
      'how much slower is a regression (default: slower:5%); with slower:5%,undecided, a comparison that cannot be decided fails too',
    )
    .option('--allow-different-machine', 'compare with a result of another machine or other settings all the same');
  addApplyFlags(command).addHelpText('after', examples);
  for (const create of [benchCompareCommand, benchReportCommand, benchSchemaCommand])
    command.addCommand(create(runtime));
  return command.action((flags: BenchCommandFlags) =>
    runAction(command, runtime, async (context) => {
      const { runBenchCommand } = await import('./run-bench.js');
      return runBenchCommand(context, flags);
    }),
  );
}

/** Two builds in turns have a comparison, of the rates of the sweep, and nothing else. */
const NOT_AGAINST = [
  'scenario',
  'precision',
  'baseline',
  'apply',
  'csv',
  'prometheus',
  'html',
  'out',
  'resume',
  'target',
  'expect',
];

/** The flags of every command that shows a result: where else than the terminal it goes. */
function addReportFlags(command: Command): Command {
  return command
    .option('--full', 'every table and all advice, above the answer')
    .option(
      '--markdown [file]',
      'the result, or with --against the comparison, as Markdown; to stdout when no file is named',
    )
    .option('--csv [file]', 'every sample as CSV; to stdout when no file is named')
    .option('--prometheus [file]', 'gauges in Prometheus’ text format; to stdout when no file is named')
    .option('--html <file>', 'one page with charts that needs nothing else');
}

/** The flags that write a result's advice into the configuration. */
function addApplyFlags(command: Command): Command {
  return command
    .option(
      '--apply',
      'write the settings of the answer that are decided into grpc-stream.config.ts, after showing the change',
    )
    .option('--yes', 'with --apply: do not ask');
}

const examples = `
Examples:
  $ grpc-stream bench --quick
  $ grpc-stream bench --chunk 250,500,1000 --check-interval 100 --rounds 20
  $ grpc-stream bench --scenario distance --rtt 0,20,80 --window 64k..4mx4
  $ grpc-stream bench --target db-gateway:50051 --tls --model Book
  $ grpc-stream bench --json > result.json

Scenarios:
  throughput     the settings with the most rows a second, and their cost
  cancel         the server's work for a client that has left
  latency        how long short reads take that begin by the clock (--rate)
  slow-consumer  the memory that a slower client costs the server (--pace)
  memory         the server's peak as the table grows, beside reading it whole
  many-clients   the rate of many clients together, and how even it is (--clients)
  distance       the cost of a round trip, and the window that makes up for it (--rtt, --window)
  partitions     how much sooner a table arrives that is read in parts (--partitions)
  queries        a table's other orders and filters, beside a plain stream of as many rows
  legacy, offset, plain
                 the gain over the whole table in memory, over skip and take, over a handler by hand
By default throughput, cancel, memory, legacy, offset and plain; with --quick the first two.

In a project it reads the project's own table through DATABASE_URL, and writes nothing to it. Anywhere else it needs no
project, no server and no network: a table is made in a scratch folder and removed.
Results are kept in .grpc-stream/bench/.`;

function benchCompareCommand(runtime: CliRuntime): Command {
  const command = new Command('compare')
    .description('compare two saved results: faster, slower, or can’t tell')
    .argument('<before>', 'result to compare with')
    .argument('<after>', 'result to judge')
    .option('--fail-on <limit>', 'exit with 10 when a rate fell by so much beyond noise, such as slower:5%')
    .option('--allow-different-machine', 'compare results of different machines or settings all the same')
    .option('--full', 'also the settings at which nothing changed')
    .option(
      '--markdown [file]',
      'the comparison as Markdown, such as for a pull request; to stdout when no file is named',
    )
    .addHelpText('after', compareExamples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((before: string, after: string) =>
    runAction(command, runtime, async (context) => {
      const { compareSaved } = await import('./comparisons.js');
      return compareSaved(context, before, after, command.optsWithGlobals());
    }),
  );
}

const compareExamples = `
Examples:
  $ grpc-stream bench compare before.json after.json
  $ grpc-stream bench compare before.json after.json --fail-on slower:5%

Two runs at two times differ by more than their samples show. \`grpc-stream bench --against FOLDER\` measures two builds
in turns, and finds smaller differences on a busier machine.`;

function benchReportCommand(runtime: CliRuntime): Command {
  const command = new Command('report')
    .description('show a saved result, or turn it into Markdown, CSV, HTML or Prometheus’ text')
    .argument('[file]', 'saved result (default: the latest in .grpc-stream/bench)');
  addApplyFlags(addReportFlags(command)).addHelpText('after', reportExamples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((file: string | undefined) =>
    runAction(command, runtime, async (context) => {
      const { reportSaved } = await import('./reports.js');
      await reportSaved(context, file, command.optsWithGlobals());
    }),
  );
}

const reportExamples = `
Examples:
  $ grpc-stream bench report
  $ grpc-stream bench report result.json --html result.html
  $ grpc-stream bench report result.json --prometheus | curl --data-binary @- http://pushgateway:9091/metrics/job/bench`;

function benchSchemaCommand(runtime: CliRuntime): Command {
  const command = new Command('schema').description('print the JSON Schema of a saved result');
  return command.action(() =>
    runAction(command, runtime, async ({ print }) => {
      const { resultJsonSchema } = await import('../../results/index.js');
      print(JSON.stringify(resultJsonSchema(), null, 2));
    }),
  );
}
