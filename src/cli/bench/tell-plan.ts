import type { BenchSettings } from '../../results/index.js';
import type { CliContext } from '../context.js';

/** Said before anything is begun, so that who mistyped a range can still stop it. */
export async function tellPlan({ note }: CliContext, settings: BenchSettings): Promise<void> {
  const [{ expectDuration }, { wrapText }] = await Promise.all([
    import('../../bench/index.js'),
    import('../../report/index.js'),
  ]);
  const { cells, fresh, rounds, totalSeconds } = expectDuration(settings);
  const what = [
    ...(cells > 0 ? [`${counted(cells, 'setting')} in ${roundsText(settings, rounds)}`] : []),
    ...(fresh > 0 ? [`${counted(fresh, 'new server')} for memory`] : []),
  ];
  const text = `- plan: ${settings.scenarios.join(', ')}: ${what.join(', and ')}; about ${timeText(totalSeconds)}`;
  note(wrapText(text, { hanging: '  ' }));
}

/** The plan of two builds in turns. */
export async function tellPlanOfTwo({ note }: CliContext, settings: BenchSettings): Promise<void> {
  const { expectDuration } = await import('../../bench/index.js');
  const { cells, rounds, roundSeconds } = expectDuration({ ...settings, scenarios: ['throughput'] });
  const seconds = Math.min(settings.maxTimeSeconds, STARTING_SECONDS + 2 * rounds * roundSeconds);
  note(
    `- plan: two builds in turns: ${counted(cells, 'setting')} in ${roundsText(settings, rounds)}; about ${timeText(seconds)}`,
  );
}

/** Servers, tables and a warm-up, twice. */
const STARTING_SECONDS = 10;

function roundsText({ precision }: BenchSettings, rounds: number): string {
  if (precision !== null) return `as many rounds as ±${precision * 100}% takes`;
  return rounds === 1 ? 'one round' : `at most ${rounds} rounds`;
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
