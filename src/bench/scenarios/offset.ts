import { type Scenario, streamCell, usualSetting } from './scenario.js';

export const offset: Scenario = {
  name: 'offset',
  question: 'What is gained over reading page by page with skip and take?',
  fromOutside: false,
  plan: (settings) =>
    (['stream', 'offset'] as const).map((method) =>
      streamCell(settings, usualSetting(settings, { method }), { memory: true }),
    ),
};
