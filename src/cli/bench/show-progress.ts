import type { BenchProgress } from '../../bench/index.js';
import type { BenchTable } from '../../results/index.js';
import type { CliContext } from '../context.js';

const preparing: Readonly<Record<BenchTable['source'], string>> = {
  demo: 'making and reading a table',
  project: 'reading the table by hand, to check every stream against it',
  server: 'reading the table once, to hold every stream against it',
};

const phases: Readonly<Record<Exclude<BenchProgress['phase'], 'prepare'>, string>> = {
  memory: 'measuring memory, each setting on a new server',
  'warm-up': 'warming up',
  measure: 'measuring',
};

/** Where a bench stands, on stderr; off a terminal only a change of phase is worth a line. */
export function showProgress(
  context: CliContext,
  source: BenchTable['source'],
): { update(progress: BenchProgress): void; stop(): void } {
  const names = { ...phases, prepare: preparing[source] };
  const spinner = context.spinner(names.prepare).start();
  let phase: BenchProgress['phase'] = 'prepare';
  return {
    update(progress) {
      const isNewPhase = progress.phase !== phase;
      phase = progress.phase;
      spinner.text = describe(progress, names[phase]);
      if (isNewPhase && !spinner.isSpinning) context.note(`- ${names[phase]}`);
    },
    stop: () => void spinner.stop(),
  };
}

function describe(progress: BenchProgress, name: string): string {
  if (progress.phase !== 'measure') return `${name} ${percent(progress.done, progress.total)}`;
  const { round, rounds, step, steps, etaMs } = progress;
  return `${name}: round ${round} of ${rounds}, ${percent(step, steps)}; about ${Math.ceil(etaMs / 1000)} s left`;
}

function percent(done: number, total: number): string {
  return total === 0 ? '' : `${Math.floor((done / total) * 100)}%`;
}
