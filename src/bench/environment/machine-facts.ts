import { loadavg } from 'node:os';
import { runsOnBattery } from './environment-facts.js';

/** What the machine was like as a bench began, as far as it says how much the figures can bear. */
export interface MachineFacts {
  /** Processes that wanted a core, on average over the minute before. */
  readonly loadBefore: number;
  readonly debugger: boolean;
  readonly battery: boolean;
  /** Whether this node was compiled without optimisation. */
  readonly debugBuild: boolean;
}

export async function readMachineFacts(): Promise<MachineFacts> {
  return {
    loadBefore: loadavg()[0] ?? 0,
    debugger: [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => /--(inspect|prof)\b/.test(option)),
    battery: await runsOnBattery(),
    debugBuild: process.config.target_defaults.default_configuration === 'Debug',
  };
}
