import { describe, expect, it } from 'vitest';
import { fullSettings, quickSettings, resolveBenchSettings, withConfigured } from '../../src/bench/index.js';
import { UsageError } from '../../src/errors/index.js';

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('resolveBenchSettings', () => {
  it('gives the full sweep, or the quick one', () => {
    expect(resolveBenchSettings({})).toEqual(fullSettings);
    expect(resolveBenchSettings({ quick: true })).toEqual({ ...quickSettings, given: { quick: '' } });
  });

  it('reads a list in ascending order, each value once', () => {
    expect(resolveBenchSettings({ chunk: '500, 100,500' }).chunks).toEqual([100, 500]);
  });

  it('takes `auto` among the chunks, after all numbers, and refuses other words', () => {
    expect(resolveBenchSettings({ chunk: 'auto, 1000,100' }).chunks).toEqual([100, 1000, 'auto']);
    expect(resolveBenchSettings({ chunk: 'auto' }).chunks).toEqual(['auto']);
    expect(() => resolveBenchSettings({ chunk: '100,automatic' })).toThrow(UsageError);
  });

  it('measures `auto` beside the values of a sweep where it is in force', () => {
    const configured = { chunkSize: 'auto', cancellationCheckInterval: 100 } as const;
    const swept = withConfigured(resolveBenchSettings({ chunk: '100,5000' }), configured, 1000);
    expect(swept.chunks).toEqual([100, 'auto']);
    expect(withConfigured(resolveBenchSettings({ chunk: '500' }), configured, 1000).chunks).toEqual([500]);
  });

  it('lets a flag win over what --quick reduces', () => {
    const settings = resolveBenchSettings({ quick: true, rows: '5000', chunk: '500' });
    expect(settings).toMatchObject({ rows: 5000, chunks: [500], rounds: quickSettings.rounds });
  });

  it('takes 0 for no batches', () => {
    expect(resolveBenchSettings({ batch: '0' }).batchRows).toEqual([]);
  });

  it('leaves the chunk and the interval at their defaults where no scenario sweeps them', () => {
    expect(resolveBenchSettings({ scenario: 'lat*' })).toMatchObject({ chunks: [1000], checkIntervals: [100] });
    expect(resolveBenchSettings({ scenario: 'lat*', chunk: '50,500' }).chunks).toEqual([50, 500]);
  });

  it('measures what only a flag of its own asks for, unless the scenarios were named', () => {
    expect(resolveBenchSettings({ quick: true, pace: '100' }).scenarios).toEqual([
      'throughput',
      'cancel',
      'slow-consumer',
    ]);
    expect(resolveBenchSettings({ quick: true, rate: '5' }).scenarios).toContain('latency');
  });

  it.each([
    [{ scenario: 'throughput', pace: '100' }, '--pace changes nothing for throughput', 'slow-consumer'],
    [{ scenario: 'latency', partitions: '2' }, '--partitions changes nothing for latency', 'throughput, partitions'],
    [{ scenario: 'cancel,memory', batch: '100' }, '--batch changes nothing for cancel, memory', 'distance'],
    [{ scenario: 'cancel,latency', precision: '5%' }, '--precision changes nothing for cancel, latency', 'plain'],
  ])('refuses what would change nothing: %j', (flags, message, heeding) => {
    const refused = thrownBy(() => resolveBenchSettings(flags));
    expect(refused).toMatchObject({ message, nextActions: [expect.stringContaining(heeding)] });
  });

  it('refuses more connections than a system is happy with', () => {
    const flags = { clients: '64', partitions: '64' };
    expect(() => resolveBenchSettings(flags)).toThrow('ask for 4096 connections; 1024 is the most');
  });

  it.each([
    '0',
    '-1',
    'abc',
    '1e9',
    '1000000000',
    '',
    '1.5',
    '100,',
    '100,abc',
    '0x10',
    ' ',
  ])('refuses a chunk of %j by its flag, its value and what is allowed', (chunk) => {
    const resolve = () => resolveBenchSettings({ chunk });
    expect(resolve).toThrow(UsageError);
    expect(resolve).toThrow(
      /^--chunk is ".*"( in ".*")?; it must be whole numbers from 1 to 100000, separated by commas$/,
    );
  });

  it.each([
    [{ checkInterval: '0' }, '--check-interval is "0"; it must be whole numbers from 1 to 100000, separated by commas'],
    [{ rows: 'many' }, '--rows is "many"; it must be a whole number from 1 to 100000000'],
    [{ rowBytes: '1' }, '--row-bytes is "1"; it must be whole numbers from 100 to 1000000, separated by commas'],
    [{ rounds: '0' }, '--rounds is "0"; it must be a whole number from 1 to 1000'],
    [{ maxTime: '-5' }, '--max-time is "-5"; it must be a whole number from 1 to 86400'],
    [{ seed: '4294967296' }, '--seed is "4294967296"; it must be a whole number from 0 to 4294967295'],
  ])('refuses %j', (flags, message) => {
    expect(() => resolveBenchSettings(flags)).toThrow(message);
  });
});
