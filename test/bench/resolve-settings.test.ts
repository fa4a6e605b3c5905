import { describe, expect, it } from 'vitest';
import { fullSettings, quickSettings, resolveBenchSettings } from '../../src/bench/index.js';
import { UsageError } from '../../src/errors/index.js';

describe('resolveBenchSettings', () => {
  it('gives the full sweep, or the quick one', () => {
    expect(resolveBenchSettings({})).toEqual(fullSettings);
    expect(resolveBenchSettings({ quick: true })).toEqual(quickSettings);
  });

  it('reads a list in ascending order, each value once', () => {
    expect(resolveBenchSettings({ chunk: '500, 100,500' }).chunks).toEqual([100, 500]);
  });

  it('lets a flag win over what --quick reduces', () => {
    const settings = resolveBenchSettings({ quick: true, rows: '5000', chunk: '500' });
    expect(settings).toMatchObject({ rows: 5000, chunks: [500], rounds: quickSettings.rounds });
  });

  it('takes 0 for no batches', () => {
    expect(resolveBenchSettings({ batch: '0' }).batchRows).toEqual([]);
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
