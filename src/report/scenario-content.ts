import type { BenchCell, BenchScenario, ScenarioName } from '../results/index.js';
import { columnsOf } from './scenario-columns.js';
import { cellWords } from './scenario-words.js';

/** A scenario's table, whatever it is printed as. */
export interface ScenarioContent {
  readonly title: string;
  readonly question: string;
  /** `\n` is where a narrow column breaks. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The question that a scenario asks, and the figures that answer it: one row a setting. */
export function scenarioContent({ name, question, cells }: BenchScenario): ScenarioContent {
  const columns = columnsOf(name);
  const labels = labelsOf(name, cells);
  return {
    title: titles[name],
    question: labels.shared === '' ? question : `${question} (${labels.shared})`,
    head: ['', ...columns.map(({ head }) => head)],
    rows: cells.map((cell, index) => [labels.own[index] ?? '', ...columns.map(({ show }) => show(cell, cells))]),
  };
}

/** Each cell in the words that set it apart from the others; what all share is said once, so that a row has room. */
export function labelsOf(
  name: ScenarioName,
  cells: readonly BenchCell[],
): { readonly shared: string; readonly own: readonly string[] } {
  const all = cells.map((cell) => cellWords(name, cell));
  const [first = []] = all;
  const shared = first.filter((word) => all.every((words) => words.includes(word)));
  const own = all.map((words) => words.filter((word) => !shared.includes(word)).join(', '));
  return { shared: shared.join(', '), own: own.map((words) => words || 'as above') };
}

const titles: Readonly<Record<ScenarioName, string>> = {
  throughput: 'Throughput',
  cancel: 'Cancellation',
  latency: 'Latency under load',
  'slow-consumer': 'Slow consumer',
  memory: 'Memory',
  'many-clients': 'Many clients',
  distance: 'Distance',
  partitions: 'Partitions',
  legacy: 'Beside the whole table in memory (legacy)',
  offset: 'Beside skip and take (offset)',
  plain: 'Beside a handler by hand (plain)',
};
