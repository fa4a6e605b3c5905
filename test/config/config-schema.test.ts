import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/config.js';
import { defineConfig } from '../../src/config/index.js';

const problems = (config: object) =>
  configSchema.safeParse(config).error?.issues.map(({ path, message, code }) => {
    return code === 'unrecognized_keys' ? `${path.join('.')}: unknown` : `${path.join('.')}: ${message}`;
  });

describe('the configuration', () => {
  it('may be empty, and is returned unchanged', () => {
    const config = defineConfig({ streaming: { chunkSize: 5 }, log: { level: 'warn' } });
    expect(configSchema.parse({})).toEqual({});
    expect(configSchema.parse(config)).toEqual(config);
  });

  it.each([
    [{ streamng: {} }, [': unknown']],
    [{ streaming: { chunksize: 5 } }, ['streaming: unknown']],
    [{ models: { Book: { chunkSise: 5 } } }, ['models.Book: unknown']],
    [{ streaming: { chunkSize: 0 } }, ['streaming.chunkSize: a whole number from 1 to 100000, or auto']],
    [{ streaming: { enableMetrics: 'yes' } }, ['streaming.enableMetrics: true or false']],
    [{ models: { Book: { yieldTimeout: 0 } } }, ['models.Book.yieldTimeout: seconds, from 0.05 to 86400']],
    [{ server: { port: 70_000 } }, ['server.port: a port from 0 to 65535']],
    [{ schema: '' }, ['schema: a string that is not empty']],
    [{ schema: 5 }, ['schema: a string that is not empty']],
    [{ log: { level: 'loud' } }, ['log.level: one of trace, debug, info, warn, error, fatal, silent']],
    [{ package: 'My-Shop' }, ['package: a proto package name such as "library" (lower case, without the version)']],
  ])('refuses %j and says what is allowed', (config, expected) => {
    expect(problems(config)).toEqual(expected);
  });

  it('reports every problem at once', () => {
    expect(problems({ streaming: { chunkSize: 0, readahead: -1 }, server: { port: -1 } })).toHaveLength(3);
  });
});
