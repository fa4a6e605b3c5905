import type { BenchResult, BenchScenario } from '../../results/index.js';
import { scenarioContent } from '../scenario-content.js';
import { html, type SafeHtml } from './html.js';
import { htmlTable } from './html-table.js';
import { latencyChart } from './latency-chart.js';

/** Each of the other questions that were asked, with the figures that answer it. */
export function scenariosHtml({ scenarios }: BenchResult): SafeHtml {
  if (scenarios.length === 0) return html``;
  const shown = scenarios.filter(({ cells }) => cells.length > 0);
  const charts = shown.filter(({ name }) => name === 'latency').map((one) => latencyChart(one, 'chart-latency'));
  return html`<div class="grid">${charts}${shown.map(scenarioCard)}</div>`;
}

function scenarioCard(scenario: BenchScenario): SafeHtml {
  const { title, question, head, rows } = scenarioContent(scenario);
  const [, ...figures] = head.map((cell) => cell.replaceAll('\n', ' '));
  return html`<div class="card"><h3>${title}</h3>${htmlTable({ caption: question, head: ['how', ...figures], rows })}</div>`;
}
