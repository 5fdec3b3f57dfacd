import { describe, expect, it } from 'vitest';
import { runsOf } from './operation-runs.js';

const event = (second: number, type: string, data: Record<string, unknown> = {}) => ({
  type,
  data,
  createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
});
const error = { code: 'VENDOR_UNAVAILABLE', message: 'no answer', retryable: true };

describe('the runs of an operation', () => {
  it('are claims with the try that they were, how they ended and why', () => {
    const runs = runsOf([
      event(0, 'submitted'),
      event(1, 'released', { releaseNo: 1 }),
      event(2, 'claimed', { workerId: 'a' }),
      event(3, 'applying', { attempt: 1 }),
      event(4, 'deferred', { reason: 'retry', error }),
      event(5, 'released'),
      event(6, 'claimed', { workerId: 'b' }),
      event(7, 'taken_over'),
      event(8, 'claimed', { workerId: 'a' }),
      event(9, 'failed', error),
    ]);
    expect(runs).toEqual([
      expect.objectContaining({ workerId: 'a', attempt: 1, outcome: 'deferred', error }),
      expect.objectContaining({ workerId: 'b', outcome: 'taken_over' }),
      expect.objectContaining({ workerId: 'a', outcome: 'failed', error }),
    ]);
    expect(runs[0]).toMatchObject({
      startedAt: '2026-01-01T00:00:02.000Z',
      endedAt: '2026-01-01T00:00:04.000Z',
    });
  });

  it('the last one may still be running', () => {
    expect(runsOf([event(1, 'claimed', { workerId: 'a' })])).toEqual([
      { workerId: 'a', startedAt: '2026-01-01T00:00:01.000Z', endedAt: null, outcome: 'running' },
    ]);
  });

  it('an operation that no worker took has none', () => {
    expect(runsOf([event(0, 'submitted'), event(1, 'superseded')])).toEqual([]);
  });
});
