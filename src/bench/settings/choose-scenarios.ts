import { UsageError } from '../../errors/index.js';
import type { ScenarioName } from '../../results/index.js';
import { scenarios } from '../scenarios/index.js';
import type { BenchFlags, NumericFlag } from './bench-flags.js';

const scenarioNames = scenarios.map(({ name }) => name);

/**
 * The scenarios that a list of names and patterns asks for; `*` stands for any letters.
 *
 * @throws UsageError when one of them fits no scenario.
 *
 * @example
 * chooseScenarios('throughput,lat*'); // ['throughput', 'latency']
 */
export function chooseScenarios(text: string): readonly ScenarioName[] {
  const chosen = new Set(text.split(',').flatMap((pattern) => matching(pattern.trim())));
  return scenarioNames.filter((name) => chosen.has(name));
}

/** Scenarios that a flag alone asks for, since no other one heeds it. */
const ASKED_BY = { pace: 'slow-consumer', rate: 'latency' } as const satisfies Partial<
  Record<NumericFlag, ScenarioName>
>;

/** What is measured when no scenario is named: the usual ones, and those that a flag of their own asks for. */
export function usualScenarios(usual: readonly ScenarioName[], flags: BenchFlags): readonly ScenarioName[] {
  const asked = (['pace', 'rate'] as const).filter((flag) => flags[flag] !== undefined).map((flag) => ASKED_BY[flag]);
  return scenarioNames.filter((name) => usual.includes(name) || asked.some((one) => one === name));
}

function matching(pattern: string): readonly ScenarioName[] {
  const found = scenarioNames.filter((name) => fits(name, pattern.split('*')));
  if (found.length > 0) return found;
  throw new UsageError('bench.unknown_scenario', `--scenario: ${JSON.stringify(pattern)} fits no scenario`, {
    nextActions: [`choose from ${scenarioNames.join(', ')}; lat* and * are patterns`],
  });
}

/** No pattern becomes a regular expression: what the user typed is compared as it is. */
function fits(name: string, [head = '', ...rest]: readonly string[]): boolean {
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let middle = name.slice(head.length, name.length - tail.length);
  return rest.every((part) => {
    const at = middle.indexOf(part);
    middle = middle.slice(at + part.length);
    return at >= 0;
  });
}
