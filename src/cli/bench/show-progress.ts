import type { BenchProgress } from '../../bench/index.js';
import type { CliContext } from '../context.js';

const phases: Readonly<Record<BenchProgress['phase'], string>> = {
  prepare: 'making and reading the table',
  memory: 'measuring memory, each setting on a fresh server',
  'warm-up': 'warming up',
  measure: 'measuring',
};

/** Where a bench stands, on stderr; off a terminal only a change of phase is worth a line. */
export function showProgress(context: CliContext): { update(progress: BenchProgress): void; stop(): void } {
  const spinner = context.spinner(phases.prepare).start();
  let phase: BenchProgress['phase'] = 'prepare';
  return {
    update(progress) {
      const isNewPhase = progress.phase !== phase;
      phase = progress.phase;
      spinner.text = describe(progress);
      if (isNewPhase && !spinner.isSpinning) context.note(`- ${phases[phase]}`);
    },
    stop: () => void spinner.stop(),
  };
}

function describe(progress: BenchProgress): string {
  if (progress.phase !== 'measure') return `${phases[progress.phase]} ${percent(progress.done, progress.total)}`;
  const { round, rounds, step, steps, etaMs } = progress;
  return `measuring: round ${round} of ${rounds}, ${percent(step, steps)}; about ${Math.ceil(etaMs / 1000)} s left`;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
