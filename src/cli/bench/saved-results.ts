import { resolve } from 'node:path';
import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { type ApplyFlags, addApplyFlags, addReportFlags } from './flags.js';
import { assertOneOnStdout, printResult, type ReportFlags, writeReports } from './write-reports.js';

export function benchReportCommand(runtime: CliRuntime): Command {
  const command = addApplyFlags(
    addReportFlags(
      new Command('report')
        .description('show a saved result, or turn it into Markdown, CSV, HTML or Prometheus’ text')
        .argument('[file]', 'saved result (default: the latest in .grpc-stream/bench)'),
    ),
  ).addHelpText('after', examples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((file: string | undefined) =>
    runAction(command, runtime, (context) => report(context, file, command.optsWithGlobals())),
  );
}

const examples = `
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
