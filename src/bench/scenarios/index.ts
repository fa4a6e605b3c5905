import { InternalError } from '../../errors/index.js';
import type { ScenarioName } from '../../results/index.js';
import { cancelScenario } from './cancel.js';
import { distanceScenario } from './distance.js';
import { latencyScenario } from './latency.js';
import { manyClientsScenario } from './many-clients.js';
import { memoryScenario } from './memory.js';
import { otherWayScenarios } from './other-ways.js';
import { partitionsScenario } from './partitions.js';
import { queriesScenario } from './queries.js';
import type { Scenario } from './scenario.js';
import { slowConsumerScenario } from './slow-consumer.js';
import { throughputScenario } from './throughput.js';

/** All scenarios, in the order in which their results are reported. */
export const scenarios: readonly Scenario[] = [
  throughputScenario,
  cancelScenario,
  latencyScenario,
  slowConsumerScenario,
  memoryScenario,
  manyClientsScenario,
  distanceScenario,
  partitionsScenario,
  queriesScenario,
  ...otherWayScenarios,
];

/** The scenario of a name. */
export function scenarioNamed(name: ScenarioName): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new InternalError(`there is no scenario "${name}"`);
  return found;
}
