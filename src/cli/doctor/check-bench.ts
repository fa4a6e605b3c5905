import { readLatestResult } from '../../bench/index.js';
import { resolveStreaming, type StreamingSettings, showValue } from '../../config/index.js';
import type { Project } from '../../project/load-project.js';
import type { Advice, BenchCell, BenchResult, Candidate, TimeSplit } from '../../results/index.js';
import { type Finding, ok, problem, warning } from './finding.js';

/**
 * Compares a project's settings with its latest measurements: finds symptoms, each with its evidence and the setting to change. Ignores
 * measurements of the demo and of remote servers.
 *
 * @param cwd The folder where `bench` was run.
 */
export async function checkBench(cwd: string, { config }: Pick<Project, 'config'>): Promise<Finding[]> {
  const latest = await readLatestResult(cwd, ({ table }) => table.source === 'project');
  if (!latest) return [ok('measurements', 'none of this project yet; `npx grpc-stream bench` makes some')];
  const { result } = latest;
  return findingsOf(result, resolveStreaming({ env: process.env, config }, result.table.model));
}

/** The findings of one result, under the settings that are in force. */
export function findingsOf(result: BenchResult, settings: StreamingSettings): Finding[] {
  const found = [
    ...slowStreams(result, settings),
    ...highMemory(result, settings),
    ...lateCancellation(result, settings),
    ...rowsPastBound(result),
    ...bottleneck(result, settings),
  ];
  return [ok('measurements', describe(result)), ...found];
}

function describe({ startedAt, table, rounds, warnings }: BenchResult): string {
  const doubts =
    warnings.length === 0 ? '' : `, with ${warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`}`;
  return `${table.model} (${table.source}) on ${startedAt.slice(0, 10)}, ${rounds} rounds${doubts}`;
}

/** The measured value that is set, and the value that the advice prefers to it. */
function preferred(advice: Advice, inForce: Candidate['value']): { own: Candidate; better: Candidate } | undefined {
  const own = advice.candidates.find(({ value }) => value === inForce);
  const better = advice.candidates.find(({ value }) => value === advice.recommended);
  return own && better && own !== better && advice.confidence === 'clear' ? { own, better } : undefined;
}

function chunkAdvice({ guidance }: BenchResult): readonly Advice[] {
  return guidance.filter(({ setting, audience }) => setting === 'chunkSize' && audience !== 'tight-memory');
}

function slowStreams(result: BenchResult, { chunkSize }: StreamingSettings): Finding[] {
  return chunkAdvice(result).flatMap((advice) => {
    const choice = preferred(advice, chunkSize);
    if (choice?.own.verdict !== 'slower') return [];
    const { own, better } = choice;
    const rate = `${Math.round(own.ratio * 100)}% of the fastest rate (n=${own.rounds})`;
    return warning(
      'slow streams',
      `the ${kindOf(advice)} at chunk ${own.value} runs at ${rate}; ${better.value} is as fast as the fastest`,
      `set streaming.chunkSize to ${showValue(better.value)}, or run \`npx grpc-stream bench --apply\``,
    );
  });
}

function highMemory(result: BenchResult, { chunkSize }: StreamingSettings): Finding[] {
  return chunkAdvice(result).flatMap((advice) => {
    const choice = preferred(advice, chunkSize);
    if (!choice || !isSmaller(choice.better.value, chunkSize)) return [];
    const [own, better] = [choice.own.serverPeakRssMb, choice.better.serverPeakRssMb];
    if (own === null || better === null || own <= better * MEMORY_SHARE) return [];
    return warning(
      'memory',
      `the ${kindOf(advice)} at chunk ${chunkSize} peaks at ${Math.round(own)} MB; ${choice.better.value} is as fast with ${Math.round(better)} MB`,
      `lower streaming.chunkSize to ${choice.better.value}`,
    );
  });
}

/** Streams that find their chunk for themselves hold less where they can. */
function isSmaller(value: Candidate['value'], inForce: Candidate['value']): boolean {
  return value !== 'auto' && inForce !== 'auto' && value < inForce;
}

/** Two runs of one setting differ by less than this. */
const MEMORY_SHARE = 1.15;

/** A cancelled stream that continues for less than this is no problem. */
const LATE_MS = 50;

function lateCancellation({ guidance }: BenchResult, { cancellationCheckInterval }: StreamingSettings): Finding[] {
  const advice = guidance.find(({ audience }) => audience === 'batch-clients');
  const choice = advice && preferred(advice, cancellationCheckInterval);
  if (!choice || !isSmaller(choice.better.value, cancellationCheckInterval)) return [];
  const { cancelMs = 0 } = choice.own;
  if (cancelMs < LATE_MS) return [];
  return [
    warning(
      'disconnections',
      `a stream continues for ${Math.round(cancelMs)} ms after its client left, at a check interval of ${cancellationCheckInterval}; ${choice.better.value} costs no rate`,
      `lower streaming.cancellationCheckInterval to ${choice.better.value}`,
    ),
  ];
}

function rowsPastBound({ cancellations }: BenchResult): Finding[] {
  const over = cancellations.find(({ withinBound }) => !withinBound);
  if (!over) return [];
  const { rowsRead, boundRows } = over.worst;
  return [
    problem(
      'disconnections',
      `${rowsRead} rows were read for a client that had left; at most ${boundRows} may be`,
      'this is a mistake in grpc-stream: please report it with the saved result',
    ),
  ];
}

/** A part with this share of the time limits the stream. */
const DOMINANT_SHARE = 0.5;

type Part = keyof TimeSplit;

const parts: readonly Part[] = ['databaseMs', 'encodeMs', 'writeMs', 'drainMs', 'otherMs'];

const remedies: Readonly<Record<Part, { readonly name: string; readonly action: string }>> = {
  databaseMs: {
    name: 'waiting for the database',
    action:
      'read fewer columns (read_mask), look at the query’s plan, or raise streaming.chunkSize or streaming.readahead',
  },
  encodeMs: { name: 'encoding rows', action: 'read fewer columns (read_mask), or use the batch stream' },
  writeMs: { name: 'writing to the socket', action: 'use the batch stream: fewer, larger messages' },
  drainMs: {
    name: 'waiting for the client',
    action:
      'the server could do more: read with several clients or partitions, or widen the client’s flow-control window',
  },
  otherMs: {
    name: 'turns of the event loop',
    action: 'raise streaming.cancellationCheckInterval, or give the server its own core',
  },
};

/** The part of a stream that takes most of its time, measured at the settings that are nearest to the project's. */
function bottleneck({ cells }: BenchResult, settings: StreamingSettings): Finding[] {
  const cell = nearestCell(cells, settings);
  if (!cell?.times) return [];
  const { times } = cell;
  const total = parts.reduce((sum, part) => sum + times[part], 0);
  const part = parts.reduce((most, one) => (times[one] > times[most] ? one : most));
  const time = times[part];
  if (total === 0 || time / total < DOMINANT_SHARE) return [];
  const share = `${Math.round((time / total) * 100)}% of a row stream’s time at chunk ${cell.chunk}`;
  return [warning('bottleneck', `${share} is spent on ${remedies[part].name}`, remedies[part].action)];
}

function nearestCell(cells: readonly BenchCell[], settings: StreamingSettings): BenchCell | undefined {
  const distance = ({ chunk, checkInterval }: BenchCell) =>
    chunkDistance(chunk, settings.chunkSize) + Math.abs(Math.log(checkInterval / settings.cancellationCheckInterval));
  return cells.filter(({ mode }) => mode === 'rows').sort((a, b) => distance(a) - distance(b))[0];
}

function chunkDistance(chunk: BenchCell['chunk'], inForce: BenchCell['chunk']): number {
  if (chunk === inForce) return 0;
  return chunk === 'auto' || inForce === 'auto' ? Number.MAX_VALUE : Math.abs(Math.log(chunk / inForce));
}

function kindOf({ mode }: Advice): string {
  return mode === 'rows' ? 'row stream' : 'batch stream';
}
