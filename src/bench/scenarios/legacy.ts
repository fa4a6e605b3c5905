import { type Scenario, streamCell, usualSetting } from './scenario.js';

export const legacy: Scenario = {
  name: 'legacy',
  question: 'What is gained over reading the whole table into memory and sending it?',
  fromOutside: false,
  plan: (settings) =>
    (['stream', 'legacy'] as const).map((method) =>
      streamCell(settings, usualSetting(settings, { method }), { memory: true }),
    ),
};
