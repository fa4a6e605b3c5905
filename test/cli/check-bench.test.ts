import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyFile, saveResult } from '../../src/bench/index.js';
import { checkBench, findingsOf } from '../../src/cli/doctor/check-bench.js';
import { defaultStreamingSettings } from '../../src/config/index.js';
import type { Advice, BenchResult, Candidate } from '../../src/results/index.js';
import { exampleResult } from '../support/bench-result.js';

const settings = { ...defaultStreamingSettings, chunkSize: 1000, cancellationCheckInterval: 10 };

/** What was found besides that there are measurements. */
function found(result: BenchResult, changes: Partial<typeof settings> = {}) {
  return findingsOf(result, { ...settings, ...changes }).slice(1);
}

/** The example, with each candidate of the row stream's chunk advice changed. */
function withCandidates(change: (candidate: Candidate) => Partial<Candidate>, recommended: number): BenchResult {
  const result = exampleResult();
  const guidance = result.guidance.map((advice): Advice => {
    if (advice.audience !== 'small-rows' || advice.mode !== 'rows') return advice;
    const candidates = advice.candidates.map((candidate) => ({ ...candidate, ...change(candidate) }));
    return { ...advice, recommended, confidence: 'clear', candidates };
  });
  return { ...result, guidance: guidance.filter(({ audience }) => audience === 'small-rows').slice(0, 1) };
}

describe('doctor, with measurements', () => {
  it('finds nothing where the settings are those that were found best', () => {
    expect(found(exampleResult())).toEqual([]);
  });

  it('finds slow streams: the symptom, the figures, and the setting to change', () => {
    const [first] = found(exampleResult(), { chunkSize: 100 });
    expect(first).toMatchObject({
      subject: 'slow streams',
      level: 'warning',
      message: 'the row stream at chunk 100 runs at 60% of the fastest rate (n=5); 1000 is as fast as the fastest',
      action: expect.stringContaining('streaming.chunkSize to 1000'),
    });
  });

  it('finds memory that buys nothing', () => {
    const result = withCandidates(
      ({ value }) => ({ verdict: value === 100 ? 'tied' : 'fastest', serverPeakRssMb: value === 100 ? 100 : 300 }),
      100,
    );
    expect(found(result)).toEqual([
      {
        subject: 'memory',
        level: 'warning',
        message: 'the row stream at chunk 1000 peaks at 300 MB; 100 is as fast with 100 MB',
        action: 'lower streaming.chunkSize to 100',
      },
    ]);
  });

  it('finds streams that outlive their clients', () => {
    const result = exampleResult();
    const guidance = result.guidance.map((advice) => ({
      ...advice,
      candidates: advice.candidates.map((candidate) =>
        candidate.value === 1000 && candidate.cancelMs !== undefined ? { ...candidate, cancelMs: 200 } : candidate,
      ),
    }));
    expect(found({ ...result, guidance }, { cancellationCheckInterval: 1000 })).toMatchObject([
      { subject: 'disconnections', action: 'lower streaming.cancellationCheckInterval to 10' },
    ]);
  });

  it('reports rows that were read past the bound as a fault, not as a setting', () => {
    const result = exampleResult();
    const cancellations = result.cancellations.map((one) => ({ ...one, withinBound: false }));
    expect(found({ ...result, cancellations })).toMatchObject([{ subject: 'disconnections', level: 'problem' }]);
  });

  it.each([
    ['databaseMs', 'waiting for the database', 'read_mask'],
    ['drainMs', 'waiting for the client', 'flow-control window'],
    ['otherMs', 'turns of the event loop', 'cancellationCheckInterval'],
  ] as const)('names what most of the time goes into: %s', (part, name, knob) => {
    const result = exampleResult();
    const times = { databaseMs: 1, encodeMs: 1, writeMs: 1, drainMs: 1, otherMs: 1, [part]: 16 };
    const cells = result.cells.map((cell) => ({ ...cell, times }));
    expect(found({ ...result, cells })).toMatchObject([
      {
        subject: 'bottleneck',
        message: `80% of a row stream’s time at chunk 1000 is spent on ${name}`,
        action: expect.stringContaining(knob),
      },
    ]);
  });

  it('takes no advice that the noise cannot tell', () => {
    const result = exampleResult();
    const guidance = result.guidance.map((advice) => ({ ...advice, confidence: 'unclear' as const }));
    expect(found({ ...result, guidance }, { chunkSize: 100 })).toEqual([]);
  });

  it('reads the latest result of the project, under the settings of its model, and says when there is none', async () => {
    const root = await mkdtemp(join(tmpdir(), 'grpc-stream-doctor-'));
    try {
      const config = { streaming: { chunkSize: 100 } };
      expect(await checkBench(root, { config })).toMatchObject([
        { level: 'ok', message: expect.stringContaining('none of this project yet') },
      ]);
      const demo = exampleResult();
      const result: BenchResult = { ...demo, table: { ...demo.table, source: 'project' } };
      await saveResult(historyFile(root, result), result);
      const younger = '2027-01-01T00:00:00.000Z';
      await saveResult(historyFile(root, { startedAt: younger }), { ...demo, startedAt: younger });
      const subjects = async (changes: object) =>
        (await checkBench(root, { config: { ...config, ...changes } })).map(({ subject }) => subject);
      expect(await subjects({})).toContain('slow streams');
      expect(await subjects({ models: { Book: { chunkSize: 1000 } } })).not.toContain('slow streams');
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
