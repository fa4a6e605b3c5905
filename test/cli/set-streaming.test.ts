import { describe, expect, it } from 'vitest';
import { setStreaming } from '../../src/cli/bench/apply-advice.js';

const both = { chunkSize: 500, cancellationCheckInterval: 50 };

describe('setStreaming', () => {
  it('changes the numbers, and nothing else: comments, order and spaces stay', () => {
    const source = `import { defineConfig } from 'grpc-stream';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  streaming: {
    // chunkSize: 1 is slow; see "streaming: { chunkSize: 2 }".
    chunkSize: 1_000, /* rows */
    'cancellationCheckInterval': 100,
    yieldTimeout: 30,
  },
  models: { Book: { chunkSize: 50 } },
});
`;
    expect(setStreaming(source, both)).toBe(
      source.replace('1_000', '500').replace("'cancellationCheckInterval': 100", "'cancellationCheckInterval': 50"),
    );
  });

  it('adds what is missing, in the way that the rest is written', () => {
    expect(setStreaming('export default { streaming: { yieldTimeout: 3 } };', { chunkSize: 500 })).toBe(
      'export default { streaming: { chunkSize: 500, yieldTimeout: 3 } };',
    );
    expect(setStreaming("export default defineConfig({\n  schema: 'a',\n});\n", both)).toBe(
      "export default defineConfig({\n  streaming: { chunkSize: 500, cancellationCheckInterval: 50 },\n  schema: 'a',\n});\n",
    );
    expect(setStreaming('export default {};', { chunkSize: 500 })).toBe(
      'export default { streaming: { chunkSize: 500 } };',
    );
  });

  it('takes a model’s settings for a model’s', () => {
    const source = 'export default { models: { Book: { streaming: 1, chunkSize: 50 } } };';
    expect(setStreaming(source, { chunkSize: 500 })).toBe(
      'export default { streaming: { chunkSize: 500 }, models: { Book: { streaming: 1, chunkSize: 50 } } };',
    );
  });

  it.each([
    ['a configuration that is made elsewhere', 'export default makeConfig();'],
    ['a configuration in a variable', 'const config = {}; export default config;'],
    ['settings in a variable', 'export default { streaming: settings };'],
    ['a number that is worked out', 'export default { streaming: { chunkSize: 10 * 100 } };'],
    ['a number that depends', 'export default { streaming: { chunkSize: big ? 1 : 2 } };'],
    ['a word that only looks like an export', '// export default {}\nmodule.exports = {};'],
    ['nothing', ''],
  ])('leaves %s alone', (_, source) => {
    expect(setStreaming(source, both)).toBeUndefined();
  });
});
