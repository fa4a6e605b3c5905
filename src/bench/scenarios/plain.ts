import { type Scenario, streamCell, usualSetting } from './scenario.js';

export const plain: Scenario = {
  name: 'plain',
  question: 'What is gained over a handler by hand: a keyset loop, a write a row, a wait for drain?',
  fromOutside: false,
  plan: (settings) =>
    (['stream', 'plain'] as const).map((method) =>
      streamCell(settings, usualSetting(settings, { method }), { memory: true }),
    ),
};
