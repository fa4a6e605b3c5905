import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultServerSettings,
  defaultStreamingSettings,
  envName,
  flagName,
  type GrpcStreamConfig,
  resolveServer,
  resolveStreaming,
  type SettingsSources,
  streamingSettings,
} from '../../src/config/index.js';
import { UsageError } from '../../src/errors/index.js';

/** Two values that are allowed and not the default, of every setting. */
const streamingValues = {
  chunkSize: [500, 250],
  cancellationCheckInterval: [10, 20],
  yieldTimeout: [0.5, 2.5],
  enableMetrics: [false, true],
  readahead: [0, 2],
  maxChunkBytes: [131_072, 262_144],
  maxQueuedBytes: [131_072, 262_144],
  batchRows: [50, 60],
  maxMessageBytes: [2048, 4096],
  compression: [false, true],
  rawQueries: [false, true],
  onUnreadable: ['null', 'null'],
  unindexedFilters: ['refuse', 'refuse'],
  maxScan: [100_000, 200_000],
  settleDelay: [2.5, 10],
  maxLimit: [1000, 2000],
  maxChunkSize: [5000, 6000],
  maxCheckInterval: [500, 600],
} as const;
const streamingKeys = Object.keys(streamingValues) as (keyof typeof streamingValues)[];
const wholeKeys = [
  'chunkSize',
  'cancellationCheckInterval',
  'readahead',
  'maxChunkBytes',
  'maxQueuedBytes',
  'batchRows',
  'maxMessageBytes',
  'maxLimit',
  'maxChunkSize',
  'maxCheckInterval',
] as const;

describe('a streaming setting', () => {
  it('has a valid default within its bounds', () => {
    for (const setting of Object.values(streamingSettings)) {
      if (!('min' in setting)) continue;
      expect(setting.default).toBeGreaterThanOrEqual(setting.min);
      expect(setting.default).toBeLessThanOrEqual(setting.max);
    }
    expect(streamingKeys.sort()).toEqual(Object.keys(defaultStreamingSettings).sort());
    expect(resolveStreaming({})).toEqual(defaultStreamingSettings);
  });

  it.each(streamingKeys)('%s comes from the flag, else the environment, else the model, else the config', (key) => {
    const [one, other] = streamingValues[key];
    const flags = { [key]: String(one) };
    const env = { [envName(key)]: String(one) };
    const models = { Book: { [key]: one } };
    const rest = { [key]: other };
    const resolve = (sources: SettingsSources, model?: string) => resolveStreaming(sources, model)[key];

    expect(resolve({ flags, env: { [envName(key)]: String(other) } }, 'Book')).toBe(one);
    expect(resolve({ env, config: { models: { Book: rest }, streaming: rest } }, 'Book')).toBe(one);
    expect(resolve({ config: { models, streaming: rest } }, 'Book')).toBe(one);
    expect(resolve({ config: { models, streaming: rest } }, 'Author')).toBe(other);
    expect(resolve({ config: { models, streaming: rest } })).toBe(other);
    expect(resolve({ config: { models } })).toBe(defaultStreamingSettings[key]);
  });

  it('is the first value in the order of its sources, whatever the sources hold', () => {
    const rows = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });
    fc.assert(
      fc.property(rows, rows, rows, rows, (flag, env, ofModel, ofAll) => {
        const settings = resolveStreaming(
          {
            flags: { chunkSize: flag?.toString() },
            env: { GRPC_STREAM_CHUNK_SIZE: env?.toString() },
            config: {
              ...(ofModel === undefined ? {} : { models: { Book: { chunkSize: ofModel } } }),
              ...(ofAll === undefined ? {} : { streaming: { chunkSize: ofAll } }),
            },
          },
          'Book',
        );
        expect(settings).toEqual({ ...defaultStreamingSettings, chunkSize: flag ?? env ?? ofModel ?? ofAll ?? 1000 });
      }),
    );
  });

  it('ignores an empty environment variable', () => {
    expect(resolveStreaming({ env: { GRPC_STREAM_CHUNK_SIZE: '' } }).chunkSize).toBe(1000);
  });

  it.each([
    ['500', 500],
    [' 500 ', 500],
    ['5e2', 500],
    ['+500', 500],
    ['500.0', 500],
  ])('reads the text %j as %d', (text, value) => {
    expect(resolveStreaming({ flags: { chunkSize: text } }).chunkSize).toBe(value);
  });

  it('reads `auto` wherever a chunk size can be given', () => {
    expect(resolveStreaming({ flags: { chunkSize: 'auto' } }).chunkSize).toBe('auto');
    expect(resolveStreaming({ env: { GRPC_STREAM_CHUNK_SIZE: 'auto' } }).chunkSize).toBe('auto');
    const config: GrpcStreamConfig = { streaming: { chunkSize: 'auto' }, models: { Photo: { chunkSize: 50 } } };
    expect(resolveStreaming({ config }).chunkSize).toBe('auto');
    expect(resolveStreaming({ config }, 'Photo').chunkSize).toBe(50);
  });

  it.each([
    ['.5', 0.5],
    ['1e-1', 0.1],
    ['30', 30],
  ])('reads the seconds %j as %d', (text, value) => {
    expect(resolveStreaming({ flags: { yieldTimeout: text } }).yieldTimeout).toBe(value);
  });

  it.each(['true', 'TRUE', 'false'])('reads %j as a boolean', (text) => {
    expect(resolveStreaming({ env: { GRPC_STREAM_ENABLE_METRICS: text } }).enableMetrics).toBe(/true/i.test(text));
  });

  it('is validated only in the source that takes precedence', () => {
    const config = { streaming: { chunkSize: 0 } };
    expect(resolveStreaming({ flags: { chunkSize: '5' }, config }).chunkSize).toBe(5);
  });
});

describe('a wrong value', () => {
  const wrong = ['-1', 'abc', '1e12', '1.5', '', ' ', 'NaN', 'Infinity', 'true', '0x10', '1_000', '10%'];

  it.each(
    wholeKeys.flatMap((key) => wrong.map((text) => [key, text] as const)),
  )('of %s, such as %j, is named with its range and its flag', (key, text) => {
    const { min, max } = streamingSettings[key];
    const word = key === 'chunkSize' ? ', or auto' : '';
    const shown = /^-?[\d.e]+$/.test(text) ? text : JSON.stringify(text);
    expect(messageOf({ flags: { [key]: text } })).toBe(
      `${key} is ${shown} (from ${flagName(key)}); it must be a whole number from ${min} to ${max}${word}`,
    );
  });

  it.each([
    [
      { flags: { chunkSize: '0' } },
      'chunkSize is 0 (from --chunk-size); it must be a whole number from 1 to 100000, or auto',
    ],
    [
      { env: { GRPC_STREAM_CHUNK_SIZE: '1e9' } },
      'chunkSize is 1e9 (from GRPC_STREAM_CHUNK_SIZE); it must be a whole number from 1 to 100000, or auto',
    ],
    [
      { config: { streaming: { chunkSize: Number.NaN } } },
      'chunkSize is NaN (from streaming.chunkSize in the configuration); it must be a whole number from 1 to 100000, or auto',
    ],
    [
      { config: { models: { Book: { batchRows: -3 } } } },
      'batchRows is -3 (from models.Book.batchRows in the configuration); it must be a whole number from 1 to 100000',
    ],
    [
      { flags: { yieldTimeout: '0' } },
      'yieldTimeout is 0 (from --yield-timeout); it must be seconds, from 0.05 to 86400',
    ],
    [
      { env: { GRPC_STREAM_YIELD_TIMEOUT: '30s' } },
      'yieldTimeout is "30s" (from GRPC_STREAM_YIELD_TIMEOUT); it must be seconds, from 0.05 to 86400',
    ],
    [{ flags: { enableMetrics: '1' } }, 'enableMetrics is 1 (from --enable-metrics); it must be true or false'],
    [{ flags: { enableMetrics: 'yes' } }, 'enableMetrics is "yes" (from --enable-metrics); it must be true or false'],
  ])('is reported with its source: %j', (sources, message) => {
    expect(messageOf(sources)).toBe(message);
  });

  it.each([
    [10n, '10n'],
    ['500', '"500"'],
    [null, 'null'],
    [{ rows: 5 }, '{ rows: 5 }'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('in a configuration is shown as it was written: %s', (value, shown) => {
    const config: object = { streaming: { chunkSize: value } };
    expect(messageOf({ config })).toContain(`chunkSize is ${shown} (from streaming.chunkSize in the configuration)`);
  });

  it('is refused for every number out of bounds, and for none within', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 200_000 }), (rows) => {
        const isAllowed = rows >= 1 && rows <= 100_000;
        const resolve = () => resolveStreaming({ flags: { chunkSize: String(rows) } });
        if (isAllowed) expect(resolve().chunkSize).toBe(rows);
        else expect(resolve).toThrow(UsageError);
      }),
    );
  });
});

describe('a server setting', () => {
  it('comes from the flag, else the environment, else the config, else the default', () => {
    const config = { server: { host: 'c', port: 3, shutdownGrace: 3 } };
    const env = { GRPC_STREAM_HOST: 'b', GRPC_STREAM_PORT: '2', GRPC_STREAM_SHUTDOWN_GRACE: '2' };
    const flags = { host: 'a', port: '1', shutdownGrace: '1' };
    expect(resolveServer({ flags, env, config })).toMatchObject({ host: 'a', port: 1, shutdownGrace: 1 });
    expect(resolveServer({ env, config })).toMatchObject({ host: 'b', port: 2, shutdownGrace: 2 });
    expect(resolveServer({ config })).toEqual({ ...defaultServerSettings, ...config.server });
    expect(resolveServer({})).toEqual(defaultServerSettings);
  });

  it.each(['0', '127', 'true'])('keeps the host %j as text', (host) => {
    expect(resolveServer({ flags: { host } }).host).toBe(host);
  });

  it.each(['-1', '65536', '80.5'])('refuses the port %s with its range', (port) => {
    expect(() => resolveServer({ flags: { port } })).toThrow(
      new UsageError('config.invalid', `port is ${port} (from --port); it must be a port from 0 to 65535`),
    );
  });

  it('refuses an empty host and a negative grace', () => {
    expect(() => resolveServer({ flags: { host: '' } })).toThrow('host is "" (from --host)');
    expect(() => resolveServer({ env: { GRPC_STREAM_SHUTDOWN_GRACE: '-1' } })).toThrow(
      'shutdownGrace is -1 (from GRPC_STREAM_SHUTDOWN_GRACE); it must be seconds, from 0 to 3600',
    );
  });
});

describe('a setting', () => {
  it('has one flag and one variable', () => {
    expect(flagName('cancellationCheckInterval')).toBe('--cancellation-check-interval');
    expect(envName('cancellationCheckInterval')).toBe('GRPC_STREAM_CANCELLATION_CHECK_INTERVAL');
  });
});

function messageOf(sources: SettingsSources): string {
  try {
    resolveStreaming(sources, 'Book');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}
