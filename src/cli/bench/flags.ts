import type { Command } from 'commander';
import { flagName } from '../../config/index.js';
import { UsageError } from '../../errors/index.js';
import type { TargetFlags } from './choose-target.js';
import type { RemoteFlags } from './remote-server.js';
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

export interface TogetherFlags extends TargetFlags, RemoteFlags, JudgementFlags {
  readonly out?: string | undefined;
  readonly precision?: string | undefined;
  readonly resume?: string | true | undefined;
  readonly scenario?: string | undefined;
}

type Name = keyof TogetherFlags;

/** Flags that mean something beside one of others only. */
const needs: readonly { readonly flags: readonly Name[]; readonly oneOf: readonly Name[] }[] = [
  { flags: ['service', 'tls', 'tlsCa', 'tlsCert', 'tlsKey', 'token'], oneOf: ['target'] },
  { flags: ['yes'], oneOf: ['apply'] },
  { flags: ['failOn'], oneOf: ['baseline', 'against'] },
  { flags: ['allowDifferentMachine'], oneOf: ['baseline'] },
];

/** Two builds in turns have a comparison, of the rates of the sweep, and nothing else. */
const NOT_AGAINST = ['baseline', 'apply', 'markdown', 'csv', 'prometheus', 'html', 'out', 'resume', 'target'] as const;

/** Flags of which one would be ignored. */
const clashes: readonly (readonly [Name, Name, why: string])[] = [
  ['demo', 'target', 'one is a server of our own, the other is one that runs already'],
  ['demo', 'model', 'the demo has a model of its own'],
  ['service', 'model', 'a service names its model'],
  ['against', 'scenario', 'two builds are compared by the rates of the sweep'],
  ['against', 'precision', 'two builds are compared for as many --rounds as you give'],
  ...NOT_AGAINST.map((name) => ['against', name, 'it compares two builds, and makes no result of one'] as const),
];

/** Refuses flags that would be taken in silence: a token that is sent nowhere, a limit that nothing is held to. */
export function assertTogether(flags: TogetherFlags): void {
  for (const { flags: names, oneOf } of needs) {
    const given = names.find((name) => flags[name] !== undefined);
    if (given !== undefined && oneOf.every((name) => flags[name] === undefined)) throw alone(given, oneOf);
  }
  const clash = clashes.find(([one, other]) => flags[one] !== undefined && flags[other] !== undefined);
  if (clash !== undefined) throw clashing(...clash);
}

function alone(flag: Name, oneOf: readonly Name[]): UsageError {
  const others = oneOf.map(flagName).join(' or ');
  return new UsageError('bench.flag_alone', `${flagName(flag)} means nothing without ${others}`, {
    nextActions: [`add ${others}, or leave ${flagName(flag)} out`],
  });
}

function clashing(one: Name, other: Name, why: string): UsageError {
  return new UsageError('bench.flags_clash', `${flagName(one)} and ${flagName(other)} do not go together: ${why}`, {
    nextActions: [`leave out ${flagName(one)} or ${flagName(other)}`],
  });
}
