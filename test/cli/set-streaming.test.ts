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

  it.each(['\n', '\r\n'])('adds what is missing, in the way that the rest is written, with line ends %j', (lineEnd) => {
    const text = (...lines: string[]) => lines.map((line) => line + lineEnd).join('');
    const source = text('export default defineConfig({', "  schema: 'a',", '});');
    expect(setStreaming(source, both)).toBe(
      text(
        'export default defineConfig({',
        "  schema: 'a',",
        '',
        '  streaming: {',
        '    chunkSize: 500,',
        '    cancellationCheckInterval: 50,',
        '  },',
        '});',
      ),
    );
  });

  it.each([
    ['an object', 'export default { streaming: { yieldTimeout: 3 } };'],
    ['an empty object', 'export default {};'],
    ['a call of defineConfig', "export default defineConfig({ schema: 'a' });"],
    ['an object with a type', 'export default { streaming: { chunkSize: 1_000 } } satisfies GrpcStreamConfig;'],
    ['a number that is worked out', 'export default { streaming: { chunkSize: 10 * 100 } };'],
    ['a model with settings of its own', 'export default { models: { Book: { chunkSize: 50 } } };'],
    ['a spread', 'export default { ...own };'],
  ])('sets both in %s', (_, source) => {
    const changed = setStreaming(source, both);
    expect(changed).toMatch(/streaming: \{[^}]*chunkSize: 500,[^}]*cancellationCheckInterval: 50/);
    expect(changed).toContain(/models: \S+ \S+ \S+ \d+ \} \}/.exec(source)?.[0] ?? '');
  });

  it.each([
    ['a configuration that is made elsewhere', 'export default makeConfig();'],
    ['a configuration in a variable', 'const config = {};\nexport default config;'],
    ['settings in a variable', 'export default { streaming: settings };'],
    ['a word that only looks like an export', '// export default {}\nmodule.exports = {};'],
    ['what is no JavaScript', 'export default {'],
    ['nothing', ''],
  ])('leaves %s alone', (_, source) => {
    expect(setStreaming(source, both)).toBeUndefined();
  });
});
