import { AppError } from '@app/runtime';
import { unmetered } from '@app/vendors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Heartbeat } from '../operations/claim.js';
import { RunLease } from './run-lease.js';

class LeaseLost extends AppError {
  readonly code = 'LEASE_LOST';
}

const made = async () => 'made';

let answers: () => Promise<Heartbeat>;
let lease: RunLease | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  answers = async () => ({ isCancelRequested: false });
});
afterEach(() => {
  lease?.release();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function hold(drain = new AbortController().signal): RunLease {
  lease = new RunLease({
    heartbeat: () => answers(),
    leaseMs: 90_000,
    heartbeatMs: 20_000,
    deadlineAt: new Date(Date.now() + 600_000),
    drain,
    onHeartbeatFailed: () => {},
  });
  return lease;
}

describe('a lease', () => {
  it('holds as long as its heartbeats are heard', async () => {
    const held = hold();
    await vi.advanceTimersByTimeAsync(500_000);
    expect(held.signal.aborted).toBe(false);
  });

  it.each(['guarded', 'guardedToTheEnd'] as const)(
    'lets a process that has slept make no call (%s), before any timer tells it what has become of the lease',
    async (guard) => {
      const held = hold();
      const change = vi.fn<typeof made>(made);
      const meter = held[guard](unmetered);
      expect(await meter.call('change', change)).toBe('made');
      // The clock goes on, and no timer has run yet.
      vi.setSystemTime(Date.now() + 120_000);
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 120_000);
      await expect(meter.call('change', change)).rejects.toThrow('aborted');
      expect(change).toHaveBeenCalledTimes(1);
      expect(held.stopReason).toBe('lease_lost');
    },
  );

  it('lets a run that is told to stop end what it has begun, while nobody else can have it', async () => {
    const held = hold();
    const [strict, toTheEnd] = [held.guarded(unmetered), held.guardedToTheEnd(unmetered)];
    answers = () => Promise.reject(new Error('connection refused'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(held.stopReason).toBe('lease_lost');
    await expect(strict.call('change', made)).rejects.toThrow('aborted');
    expect(await toTheEnd.call('change', made)).toBe('made');
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(toTheEnd.call('change', made)).rejects.toThrow('aborted');
  });

  it('lets a run make no call once another worker has it', async () => {
    const held = hold();
    answers = async () => {
      throw new LeaseLost('taken over');
    };
    await vi.advanceTimersByTimeAsync(20_000);
    await expect(held.guardedToTheEnd(unmetered).call('change', made)).rejects.toThrow('aborted');
  });

  it('stays lost, whatever a heartbeat that was under way has to say', async () => {
    const held = hold();
    const answer = Promise.withResolvers<Heartbeat>();
    answers = () => answer.promise;
    await vi.advanceTimersByTimeAsync(20_000);
    held.stop('lease_lost');
    answer.resolve({ isCancelRequested: false });
    await vi.advanceTimersByTimeAsync(0);
    await expect(held.guardedToTheEnd(unmetered).call('change', made)).rejects.toThrow('aborted');
  });

  it('stops the run at its deadline', async () => {
    const held = hold();
    await vi.advanceTimersByTimeAsync(600_000);
    expect([held.signal.aborted, held.stopReason]).toEqual([true, 'deadline']);
  });

  it('stops the run when somebody cancels the operation', async () => {
    const held = hold();
    answers = async () => ({ isCancelRequested: true });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(held.stopReason).toBe('cancelled');
  });

  it('stops the run when another worker has it', async () => {
    const held = hold();
    answers = async () => {
      throw new LeaseLost('taken over');
    };
    await vi.advanceTimersByTimeAsync(20_000);
    expect(held.stopReason).toBe('lease_lost');
  });

  it.each([
    ['away', () => Promise.reject(new Error('connection refused'))],
    ['silent', () => new Promise<never>(() => {})],
  ])(
    'outlives a database that is %s for half of its length, and stops in time for the run to be over at its end',
    async (_how, answer) => {
      const held = hold();
      await vi.advanceTimersByTimeAsync(20_000);
      answers = answer;
      await vi.advanceTimersByTimeAsync(40_000);
      expect(held.stopReason).toBeUndefined();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(held.stopReason).toBe('lease_lost');
    },
  );

  it('stops the run when the executor stops, even if that was asked before', () => {
    const drain = new AbortController();
    const held = hold(drain.signal);
    drain.abort();
    expect(held.stopReason).toBe('drain');
    expect(hold(drain.signal).stopReason).toBe('drain');
  });

  it('keeps the first reason, unless it is lost', () => {
    const held = hold();
    held.stop('cancelled');
    held.stop('deadline');
    expect(held.stopReason).toBe('cancelled');
    held.stop('lease_lost');
    expect(held.stopReason).toBe('lease_lost');
  });
});
