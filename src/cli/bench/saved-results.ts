import { resolve } from 'node:path';
import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { type ApplyFlags, addApplyFlags, addReportFlags } from './flags.js';
import { judgeComparison } from './judge.js';
import { assertOneOnStdout, printResult, type ReportFlags, writeReports } from './write-reports.js';

export function benchReportCommand(runtime: CliRuntime): Command {
  const command = addApplyFlags(
    addReportFlags(
      new Command('report')
        .description('show a saved result, or turn it into Markdown, CSV, HTML or Prometheus’ text')
        .argument('[file]', 'saved result (default: the latest in .grpc-stream/bench)'),
    ),
  ).addHelpText('after', reportExamples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((file: string | undefined) =>
    runAction(command, runtime, (context) => report(context, file, command.optsWithGlobals())),
  );
}

const reportExamples = `
Examples:
  $ grpc-stream bench report
  $ grpc-stream bench report result.json --html result.html
  $ grpc-stream bench report result.json --prometheus | curl --data-binary @- http://pushgateway:9091/metrics/job/bench`;

async function report(context: CliContext, file: string | undefined, flags: ReportFlags & ApplyFlags): Promise<void> {
  assertOneOnStdout(flags, context);
  const { readResult } = await import('../../bench/index.js');
  const path = file === undefined ? await latestFile(context) : resolve(context.cwd, file);
  const result = await readResult(path);
  await writeReports(context, result, flags);
  await printResult(context, result, flags);
  if (!flags.apply) return;
  const { applyAdvice } = await import('./apply-advice.js');
  await applyAdvice(context, result, flags.yes ?? false);
}

async function latestFile({ cwd }: CliContext): Promise<string> {
  const [{ readLatestResult }, { UsageError }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../errors/index.js'),
  ]);
  const latest = await readLatestResult(cwd);
  if (latest) return latest.file;
  throw new UsageError('bench.no_history', `there is no result in ${cwd}/.grpc-stream/bench`, {
    nextActions: ['run `npx grpc-stream bench` first, or name a file'],
  });
}

interface CompareFlags {
  readonly failOn?: string;
  readonly allowDifferentMachine?: boolean;
}

export function benchCompareCommand(runtime: CliRuntime): Command {
  const command = new Command('compare')
    .description('hold two saved results against each other: faster, slower, or can’t tell')
    .argument('<before>', 'result to compare with')
    .argument('<after>', 'result to judge')
    .option('--fail-on <limit>', 'exit with 10 when a rate fell by so much beyond noise, such as slower:5%')
    .option('--allow-different-machine', 'compare results of different machines or settings all the same')
    .addHelpText('after', compareExamples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((before: string, after: string) =>
    runAction(command, runtime, (context) => compare(context, before, after, command.optsWithGlobals())),
  );
}

const compareExamples = `
Examples:
  $ grpc-stream bench compare before.json after.json
  $ grpc-stream bench compare before.json after.json --fail-on slower:5%

Two runs at two times differ by more than their samples show. \`grpc-stream bench --against FOLDER\` measures two builds
in turns, and finds smaller differences on a busier machine.`;

async function compare(context: CliContext, before: string, after: string, flags: CompareFlags): Promise<number> {
  const { compareResults, parseFailOn, ratedRun, readResult } = await import('../../bench/index.js');
  const failOn = flags.failOn === undefined ? undefined : parseFailOn(flags.failOn);
  const comparison = compareResults({
    before: ratedRun(await readResult(resolve(context.cwd, before))),
    after: ratedRun(await readResult(resolve(context.cwd, after))),
    allowDifferentMachine: flags.allowDifferentMachine ?? false,
  });
  return judgeComparison(context, comparison, failOn);
}

export function benchSchemaCommand(runtime: CliRuntime): Command {
  const command = new Command('schema').description('print the JSON Schema of a saved result');
  return command.action(() =>
    runAction(command, runtime, async ({ print }) => {
      const { resultJsonSchema } = await import('../../results/index.js');
      print(JSON.stringify(resultJsonSchema(), null, 2));
    }),
  );
}
