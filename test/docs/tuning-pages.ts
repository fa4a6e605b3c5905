import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guidanceMarkdown, markdownTable } from '../../src/report/render-markdown.js';
import { rateMatrix, renderTuningGuide, replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import { scenarioContent } from '../../src/report/scenario-content.js';
import type { BenchResult, ScenarioName } from '../../src/results/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The result that the pages are made from. */
export const RESULT = join(root, 'docs/bench-result.json');

export interface Page {
  readonly file: string;
  /** The page as the result makes it; `before` holds what is not made from it. */
  readonly render: (result: BenchResult, before: string) => string;
}

export const pages: readonly Page[] = [
  { file: join(root, 'docs/tuning.md'), render: renderTuningGuide },
  {
    file: join(root, 'README.md'),
    render: (result, before) => replaceBetweenMarkers(before, 'bench:tables', readmeTables(result)),
  },
];

/** The rates at a glance, and the advice that came of them. */
function readmeTables(result: BenchResult): string {
  const { startedAt, environment } = result;
  const version = environment.packages['grpc-stream'] ?? 'unknown';
  const made = `What \`npx grpc-stream bench\` measured with version ${version} on ${startedAt.slice(0, 10)}:`;
  return [
    made,
    rateMatrix(result),
    waysByHand(result),
    guidanceMarkdown(result),
    'All of it, in words: [docs/tuning.md](docs/tuning.md).',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const BY_HAND: readonly ScenarioName[] = ['plain', 'offset', 'legacy'];

/** What is gained over what one writes without it. */
function waysByHand({ scenarios }: BenchResult): string {
  const ways = scenarios.filter(({ name }) => BY_HAND.includes(name)).map(scenarioContent);
  const [first] = ways;
  if (!first) return '';
  const head = ['how', ...first.head.slice(1).map((cell) => cell.replaceAll('\n', ' '))];
  const rows = [...first.rows.slice(0, 1), ...ways.flatMap(({ rows: [, byHand] }) => (byHand ? [byHand] : []))];
  return ['Beside what one writes by hand, a row a message:', markdownTable(head, rows)].join('\n\n');
}
