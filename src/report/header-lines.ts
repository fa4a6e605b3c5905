import { type BenchResult, isPaced } from '../results/index.js';
import { formatCount } from './format-number.js';

/** The table, the machine and the settings; a line each. */
export function headerLines(result: BenchResult): readonly [what: string, machine: string, how: string] {
  return [whatOf(result), machineOf(result), howOf(result)];
}

function whatOf({ table, environment: { database } }: BenchResult): string {
  const rows = `${counted(table.rows, 'row')} of ${formatCount(Math.round(table.bytes / table.rows))} bytes`;
  const place = table.source === 'server' ? serverOf(table.address) : `${database.provider} ${database.version}`;
  return `${rows} (${table.model}, ${place})`;
}

/** The database of a remote server is not known. */
function serverOf(address: string | undefined): string {
  return address === undefined ? 'a server elsewhere' : `the server at ${address}`;
}

function machineOf({ table, environment }: BenchResult): string {
  const { cpu, cores, memoryMb, node, packages } = environment;
  const whose = table.source === 'server' ? 'the client on ' : '';
  const machine = `${whose}${cpu}, ${counted(cores, 'core')}, ${Math.round(memoryMb / 1000)} GB`;
  return `${machine}; Node ${node}, grpc-js ${packages['@grpc/grpc-js'] ?? '?'}`;
}

function howOf({ rounds, settings, durationSeconds, table, cells }: BenchResult): string {
  const order = rounds === 0 ? 'once each' : `${counted(rounds, 'round')} in shuffled order (seed ${settings.seed})`;
  const checked = table.verified === 'independent' ? 'every row verified' : 'every stream brought the same rows';
  return `${order}, ${Math.round(durationSeconds)} s${shortened(cells, table.rows)}; ${checked}`;
}

/** How many rows were read of a table whose streams were made shorter. */
function shortened(cells: BenchResult['cells'], tableRows: number): string {
  const whole = cells.filter(({ load }) => load.rows === null && !isPaced(load));
  const lengths = whole.flatMap(({ samples, load }) => samples.map(({ rows }) => rows / load.clients));
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  if (lengths.length === 0 || least >= tableRows) return '';
  const range = least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`;
  return `; ${range} rows a stream, to fit the time`;
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The title of the warnings. */
export const warningsTitle = 'Weaknesses of these figures';
