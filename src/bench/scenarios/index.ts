import { InternalError } from '../../errors/index.js';
import type { ScenarioName } from '../../results/index.js';
import { cancel } from './cancel.js';
import { distance } from './distance.js';
import { latency } from './latency.js';
import { legacy } from './legacy.js';
import { manyClients } from './many-clients.js';
import { memory } from './memory.js';
import { offset } from './offset.js';
import { partitions } from './partitions.js';
import { plain } from './plain.js';
import type { Scenario } from './scenario.js';
import { slowConsumer } from './slow-consumer.js';
import { throughput } from './throughput.js';

/** All scenarios, in the order in which their results are told. */
export const scenarios: readonly Scenario[] = [
  throughput,
  cancel,
  latency,
  slowConsumer,
  memory,
  manyClients,
  distance,
  partitions,
  legacy,
  offset,
  plain,
];

/** The scenario of a name. */
export function scenarioNamed(name: ScenarioName): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new InternalError(`there is no scenario "${name}"`);
  return found;
}
