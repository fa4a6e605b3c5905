import type { BenchEnvironment, BenchTable, BenchWarning, RoundConditions } from '../../results/index.js';
import type { MachineState } from '../environment.js';

/** One for the server, one for the client. */
const CORES_NEEDED = 3;
/** In cores. An idle system uses less than this by itself. */
const NEIGHBOUR_CORES = 0.3;

/** The facts about the machine that the warnings rest on. */
interface MachineRun extends MachineState {
  readonly conditions: readonly RoundConditions[];
  readonly table: Pick<BenchTable, 'source'>;
  readonly environment: Pick<BenchEnvironment, 'cores' | 'database' | 'governor'>;
}

/** Warnings about the machine itself. */
export function machineWarnings(run: MachineRun): BenchWarning[] {
  return [debuggerAttached, debugBuild, battery, busyMachine, sharedCores].flatMap((look) => look(run) ?? []);
}

type Look = (run: MachineRun) => BenchWarning | undefined;

const debuggerAttached: Look = (run) =>
  run.debugger
    ? {
        code: 'debugger',
        message: 'a debugger or a profiler was attached',
        hint: 'clear NODE_OPTIONS and run without --inspect',
      }
    : undefined;

const debugBuild: Look = (run) =>
  run.debugBuild
    ? {
        code: 'debug-build',
        message: 'this node was compiled for debugging',
        hint: 'use a release build: it is several times as fast',
      }
    : undefined;

const battery: Look = ({ battery, environment: { governor } }) =>
  battery || governor === 'powersave'
    ? {
        code: 'battery',
        message: battery ? 'the machine ran on its battery' : 'the cores are clocked to save power',
        hint: 'plug it in and choose the performance governor, or expect higher rates where it is',
      }
    : undefined;

/** A database with processes of its own is no neighbour, and its work cannot be told from a neighbour's. */
const busyMachine: Look = ({ conditions, environment: { database, cores } }) => {
  const known = conditions.flatMap(({ foreignCores }) => foreignCores ?? []);
  const foreignCores = known.length === 0 ? 0 : known.reduce((a, b) => a + b) / known.length;
  return foreignCores > NEIGHBOUR_CORES && database.provider === 'sqlite'
    ? {
        code: 'busy-machine',
        message: `other programs kept ${foreignCores.toFixed(1)} of ${cores} cores busy during the rounds`,
        hint: 'stop them and run again',
      }
    : undefined;
};

/** Where a server that the bench did not start runs is not known. */
const sharedCores: Look = ({ environment: { cores }, table: { source } }) =>
  cores < CORES_NEEDED && source !== 'server'
    ? {
        code: 'shared-cores',
        message: `server, client and system share ${cores === 1 ? 'one core' : `${cores} cores`}`,
        hint: 'expect higher rates where each has its own',
      }
    : undefined;
