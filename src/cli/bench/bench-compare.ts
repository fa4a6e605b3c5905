import { resolve } from 'node:path';
import { Command } from 'commander';
import { type CliContext, type CliRuntime, runAction } from '../context.js';
import { judgeComparison } from './judge.js';

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
    .addHelpText('after', examples);
  // `bench` has the same flags, and takes them wherever they stand.
  return command.action((before: string, after: string) =>
    runAction(command, runtime, (context) => compare(context, before, after, command.optsWithGlobals())),
  );
}

const examples = `
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
