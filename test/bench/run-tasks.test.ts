import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runTasks, type TimedTask } from '../../src/bench/rounds/run-tasks.js';

const { signal } = new AbortController();

/** Tasks that write down what happens, each of which takes its place in milliseconds. */
function tasksOf(count: number, events: string[], fail: (name: string) => void = () => {}): TimedTask[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${index + 1}`,
    run: async () => {
      events.push(`runs ${index + 1}`);
      fail(`${index + 1}`);
      const onSample = async (durationMs: number) => {
        await new Promise(setImmediate);
        events.push(`took ${durationMs}`);
      };
      return { durationMs: index + 1, onSample };
    },
  }));
}

describe('runTasks', () => {
  it('runs each task once, in order, and begins none before the sample of the one before is taken', async () => {
    const events: string[] = [];
    expect(await runTasks(tasksOf(3, events), signal)).toBe(1 + 2 + 3);
    expect(events).toEqual(['runs 1', 'took 1', 'runs 2', 'took 2', 'runs 3', 'took 3']);
  });

  it('throws what a task throws, after the samples before it, and begins none after it', async () => {
    const events: string[] = [];
    const failure = new Error('broken');
    const failing = tasksOf(3, events, (name) => {
      if (name === '2') throw failure;
    });
    await expect(runTasks(failing, signal)).rejects.toBe(failure);
    expect(events).toEqual(['runs 1', 'took 1', 'runs 2']);
  });

  it('throws what the last sample’s listener throws', async () => {
    const run = async () => ({ durationMs: 1, onSample: () => Promise.reject(new Error('no room on the disk')) });
    await expect(runTasks([{ name: 'only', run }], signal)).rejects.toThrow('no room on the disk');
  });

  it('takes the sample of the task that was running when it is aborted, and throws the signal’s reason, whatever it is', async () => {
    const controller = new AbortController();
    const events: string[] = [];
    const tasks = tasksOf(3, events, (name) => {
      if (name === '2') controller.abort('enough');
    });
    await expect(runTasks(tasks, controller.signal)).rejects.toBe('enough');
    expect(events).toEqual(['runs 1', 'took 1', 'runs 2', 'took 2']);
    await expect(runTasks(tasks, controller.signal)).rejects.toBe('enough');
    expect(events).toHaveLength(4);
  });

  it('leaves no listener on the signal, and has room for many tasks', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    await runTasks(tasksOf(40, []), signal);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
