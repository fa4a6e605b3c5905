import { setMaxListeners } from 'node:events';
import { Bench, type Task } from 'tinybench';
import { InternalError } from '../../errors/index.js';

/** A task that is timed once. */
export interface TimedTask {
  /** Unique among the tasks that run together. */
  readonly name: string;
  readonly run: () => Promise<TaskRun>;
}

interface TaskRun {
  /** The time that the client measured: a clock in this process would include the messages between the processes. */
  readonly durationMs: number;
  /** Called with the sample; the next task begins after that. */
  readonly onSample?: (durationMs: number) => void | Promise<void>;
}

/**
 * Runs tasks one after the other, each once, as one tinybench `Bench` that has a task for each. Its defaults would run dozens of iterations
 * of one task in a row, and its rates average reciprocals: only the samples are used.
 *
 * @returns The sum of the samples, in milliseconds.
 * @throws The error of the first task, or `onSample`, that fails; the signal's reason once it is aborted.
 */
export async function runTasks(tasks: readonly TimedTask[], signal: AbortSignal): Promise<number> {
  const runs = new Map<string, TaskRun>();
  let sampleTaken = Promise.resolve();
  const bench = new Bench({
    iterations: 1,
    time: 0,
    warmup: false,
    throws: true,
    signal: signalOfTasks(signal),
    setup: () => sampleTaken,
  });
  for (const { name, run } of tasks) {
    const timed = async () => {
      const done = await run();
      runs.set(name, done);
      return { overriddenDuration: done.durationMs };
    };
    /** Without `async` tinybench would run the task once more, to see whether it returns a promise. */
    bench.add(name, timed, { async: true });
  }
  /** Tinybench does not wait for listeners of events: the next task's `setup` waits for the work that a listener began. */
  bench.addEventListener('cycle', ({ task }) => {
    sampleTaken = takeSample(task, runs.get(task.name));
  });
  try {
    await bench.run();
    await sampleTaken;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
  return bench.tasks.reduce((sum, task) => sum + sampleOf(task), 0);
}

/** Tinybench leaves a listener of every task on its signal: this signal is dropped together with the bench. */
function signalOfTasks(signal: AbortSignal): AbortSignal {
  const own = AbortSignal.any([signal]);
  setMaxListeners(0, own);
  return own;
}

async function takeSample(task: Task, run: TaskRun | undefined): Promise<void> {
  await run?.onSample?.(sampleOf(task));
}

/** The only sample of a task that ran once. */
function sampleOf({ name, result }: Task): number {
  if ('totalTime' in result) return result.totalTime;
  throw new InternalError(`the task ${name} has no sample: it is ${result.state}`);
}
