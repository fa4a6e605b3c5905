import { Bench, type Task } from 'tinybench';
import { BenchError, messageOf } from '../../errors/index.js';
import type { Step } from '../plan/plan.js';
import { describeSetting } from '../scenarios/planned-cell.js';
import { cancellationSample } from './cancellation-sample.js';
import type { Executor } from './executor.js';
import type { Measurement } from './measurements.js';
import { streamSample } from './stream-sample.js';
import { verifyReading } from './verify-reading.js';

/**
 * Does one step and checks every row of it. Tinybench runs it: one iteration a task, whose duration is the one the client
 * measured. Its own means are not used (it averages reciprocals, and its defaults force dozens of iterations in a row on
 * one setting).
 *
 * @throws BenchError when a row was wrong or a process died.
 */
export async function measureStep(executor: Executor, round: number, step: Step): Promise<Measurement> {
  const name = describeSetting(step.cell.setting);
  let measured: Measurement | undefined;
  const bench = new Bench({ warmup: false, iterations: 1, time: 0 });
  bench.add(name, async () => {
    measured = await measure(executor, round, step);
    return { overriddenDuration: durationOf(measured) };
  });
  for (const task of await bench.run()) rethrow(task);
  if (!measured) throw new BenchError('bench.no_sample', `nothing was measured at ${name}`);
  return measured;
}

async function measure(executor: Executor, round: number, { cell, afterRows }: Step): Promise<Measurement> {
  const { kind, setting } = cell;
  if (kind === 'cancel') {
    const reading = await executor.cancel(setting, afterRows);
    return { kind, setting, sample: cancellationSample(round, setting, reading) };
  }
  const reading = await (kind === 'fresh' ? executor.streamFromFreshServer(setting) : executor.stream(setting));
  verifyReading(setting, reading, executor.expected(setting));
  return { kind, setting, sample: streamSample(round, reading, setting.load.readsPerSecond !== null) };
}

function durationOf(measured: Measurement): number {
  return measured.kind === 'cancel' ? measured.sample.endedMs : measured.sample.wallMs;
}

/** Tinybench swallows what a task throws and keeps it in the task's state. */
function rethrow({ name, result }: Task): void {
  if (result.state !== 'errored') return;
  if (result.error instanceof Error) throw result.error;
  throw new BenchError('bench.failed', `${name}: ${messageOf(result.error)}`);
}
