import type { BenchCancellation, BenchCell, BenchScenario } from '../../results/index.js';
import type { BenchPlan } from '../plan/plan.js';
import type { Measurements } from '../rounds/measurements.js';
import type { PlannedCell, PlannedScenario } from '../scenarios/planned-cell.js';
import { medianOfKnown } from '../statistics/statistics.js';
import { summarizeCancellations } from './summarize-cancellations.js';
import { summarizeCell } from './summarize-cells.js';

/** A plan's cells with their figures; those without a sample are left out. */
export interface ScenarioSummaries {
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  readonly scenarios: readonly BenchScenario[];
}

export function summarizeScenarios({ scenarios }: BenchPlan, measured: Measurements): ScenarioSummaries {
  const named = (name: string) => scenarios.filter((scenario) => scenario.name === name);
  const others = scenarios.filter(({ name }) => name !== 'throughput' && name !== 'cancel');
  return {
    cells: named('throughput').flatMap(({ cells }) => cellsOf(cells, measured)),
    cancellations: named('cancel').flatMap(({ cells }) => cancellationsOf(cells, measured)),
    scenarios: others.map((scenario) => summaryOf(scenario, measured)),
  };
}

function summaryOf({ name, question, cells }: PlannedScenario, measured: Measurements): BenchScenario {
  return { name, question, cells: cellsOf(cells, measured) };
}

function cellsOf(cells: readonly PlannedCell[], measured: Measurements): BenchCell[] {
  return cells.flatMap(({ kind, setting }) => {
    if (kind === 'cancel') return [];
    const samples = measured.samples({ kind, setting });
    const peaks = measured.samples({ kind: 'fresh', setting }).map(({ serverPeakRssMb }) => serverPeakRssMb);
    return samples.length === 0 ? [] : [summarizeCell(setting, samples, medianOfKnown(peaks))];
  });
}

function cancellationsOf(cells: readonly PlannedCell[], measured: Measurements): BenchCancellation[] {
  return cells.flatMap(({ setting }) => {
    const samples = measured.cancellations(setting);
    return samples.length === 0 ? [] : [summarizeCancellations(setting, samples)];
  });
}
