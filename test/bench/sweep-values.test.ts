import { describe, expect, it } from 'vitest';
import { resolveBenchSettings } from '../../src/bench/index.js';
import { chooseScenarios } from '../../src/bench/settings/resolve-settings.js';
import { parseSweep } from '../../src/bench/settings/sweep-values.js';
import { UsageError } from '../../src/errors/index.js';

const rule = { flag: '--chunk', min: 1, max: 100_000, example: '--chunk 100' };

describe('parseSweep', () => {
  it.each([
    ['100..10000x10', [100, 1000, 10_000]],
    ['100..1000x2', [100, 200, 400, 800]],
    ['1..4x1.5', [1, 2, 3]],
    ['100..300+100', [100, 200, 300]],
    ['5,1..3+1,2', [1, 2, 3, 5]],
    ['7..7x2', [7]],
  ])('reads %s', (text, values) => {
    expect(parseSweep(text, rule)).toEqual(values);
  });

  it.each([
    '100..',
    '..100',
    '100..200',
    '100..200x1',
    '100..200x0',
    '100..200+0',
    '100..200+1.5',
    '200..100x2',
    '1..2..3x2',
    '100..200y2',
  ])('refuses the range %j, and says how one is written', (text) => {
    expect(() => parseSweep(text, rule)).toThrow(UsageError);
    expect(() => parseSweep(text, rule)).toThrow(/a range is FROM\.\.TOxFACTOR/);
  });

  it('refuses an end that is out of bounds as it refuses a number', () => {
    expect(() => parseSweep('0..100x2', rule)).toThrow('--chunk is "0" in "0..100x2"; it must be whole numbers from 1');
  });

  it('refuses more values than anyone waits for, however large the range', () => {
    expect(() => parseSweep('1..100000+1', rule)).toThrow(/is \d+ values; 64 is the most/);
  });

  it('reads k and m where bytes are meant, and nowhere else', () => {
    expect(parseSweep('64k,1M', { ...rule, max: 1e9, bytes: true })).toEqual([65_536, 1_048_576]);
    expect(() => parseSweep('64k', rule)).toThrow('--chunk is "64k"');
  });
});

describe('chooseScenarios', () => {
  it('takes names and patterns, each scenario once and in the order of the results', () => {
    expect(chooseScenarios('lat*,throughput, latency')).toEqual(['throughput', 'latency']);
    expect(chooseScenarios('*-c*')).toEqual(['slow-consumer', 'many-clients']);
    expect(chooseScenarios('*').length).toBeGreaterThan(9);
  });

  it.each([
    'nothing',
    '',
    'lat',
    'throughput,x*',
    '.*',
    'latency*latency',
  ])('refuses %j and lists what there is', (text) => {
    expect(() => chooseScenarios(text)).toThrow(UsageError);
    expect(() => chooseScenarios(text)).toThrow(/fits no scenario/);
  });
});

describe('the flags of a load', () => {
  it('sweep what they name, and leave the rest to the scenarios', () => {
    const { loads } = resolveBenchSettings({
      rtt: '0,20',
      window: '64k',
      consistency: 'snapshot,chunked',
      compression: 'gzip',
    });
    expect(loads).toMatchObject({
      rttMs: [0, 20],
      windowBytes: [65_536],
      consistency: ['chunked', 'snapshot'],
      compression: ['gzip'],
    });
    expect(loads.clients).toBeNull();
  });

  it('make the first size of rows that of the whole table', () => {
    const settings = resolveBenchSettings({ rowBytes: '20000,150' });
    expect(settings).toMatchObject({ rowBytes: 150, loads: { rowBytes: [150, 20_000] } });
  });

  it.each([
    [{ compression: 'zip' }, '--compression is "zip"; it must be none, gzip or both'],
    [{ consistency: 'strong' }, '--consistency is "strong"; it must be chunked, snapshot or both'],
    [{ window: '1k' }, '--window is "1k"; it must be whole numbers from 65535 to 2147483647, separated by commas'],
    [{ precision: '0' }, '--precision is "0"; it must be from 0.1% to 50%'],
    [{ precision: 'five' }, '--precision is "five"'],
  ])('refuse %j', (flags, message) => {
    expect(() => resolveBenchSettings(flags)).toThrow(message);
  });

  it('lets rounds go on until a precision is reached, unless they are counted', () => {
    expect(resolveBenchSettings({ precision: '5%' })).toMatchObject({ precision: 0.05, mostRounds: 1000 });
    expect(resolveBenchSettings({ precision: '0.05', rounds: '7' })).toMatchObject({
      precision: 0.05,
      rounds: 7,
      mostRounds: 7,
    });
  });
});
