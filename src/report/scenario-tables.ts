import type { BenchScenario } from '../results/index.js';
import { layOutTable, wrapText } from './layout.js';
import type { Paint } from './paint.js';
import { scenarioContent } from './scenario-content.js';

/** Each scenario under the question that it answers; those without a cell are left out. */
export function scenarioTables(scenarios: readonly BenchScenario[], paint: Paint): string[] {
  return scenarios.filter(({ cells }) => cells.length > 0).map((scenario) => scenarioTable(scenario, paint));
}

function scenarioTable(scenario: BenchScenario, paint: Paint): string {
  const { title, question, head, rows } = scenarioContent(scenario);
  const table = layOutTable({ head, wordsFirst: true, sections: [{ rows }] });
  return [paint.title(title), paint.faint(wrapText(question)), table].join('\n');
}
