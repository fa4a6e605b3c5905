import type { Command } from 'commander';
import type { ReportFlags } from './write-reports.js';

/** The flags of every command that shows a result: where else than the terminal it goes. */
export function addReportFlags(command: Command): Command {
  return command
    .option('--markdown [file]', 'the result as Markdown; to stdout when no file is named')
    .option('--csv [file]', 'every sample as CSV; to stdout when no file is named')
    .option('--prometheus [file]', 'gauges in Prometheus’ text format; to stdout when no file is named')
    .option('--html <file>', 'one page with charts that needs nothing else');
}

/** The flags that write a result's advice down. */
export function addApplyFlags(command: Command): Command {
  return command
    .option('--apply', 'write the advice that is clear into grpc-stream.config.ts, after showing the change')
    .option('--yes', 'with --apply: do not ask');
}

export interface ApplyFlags {
  readonly apply?: boolean;
  readonly yes?: boolean;
}

/** The flags that hold a fresh result against another build. */
export function addJudgementFlags(command: Command): Command {
  return command
    .option('--baseline <file>', 'compare with a saved result; exits with 10 when slower beyond noise')
    .option('--against <folder>', 'measure the build in that folder in turns with this one, and compare')
    .option('--fail-on <limit>', 'how much slower is a regression (default: slower:5%)')
    .option('--allow-different-machine', 'compare with a result of another machine or other settings all the same');
}

export interface JudgementFlags extends ReportFlags, ApplyFlags {
  readonly baseline?: string;
  readonly against?: string;
  readonly failOn?: string;
  readonly allowDifferentMachine?: boolean;
}
