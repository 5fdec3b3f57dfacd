import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Drain } from './drain.js';
import { Deferred } from './waiting.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function drainOf({ running = 1 } = {}) {
  const jobs = new Deferred();
  const interrupted: number[] = [];
  const drain = new Drain({
    stopConsuming: () => jobs.promise,
    interrupt: () => interrupted.push(Date.now()),
    running: () => running,
    interruptLimitMs: 90_000,
  });
  return { drain, jobs, interrupted };
}

describe('a drain', () => {
  it('that finishes within the grace interrupts nobody', async () => {
    const { drain, jobs, interrupted } = drainOf();
    const report = drain.run(120_000);
    expect(drain.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    jobs.resolve();
    expect(await report).toEqual({ outcome: 'finished', durationMs: 60_000 });
    expect(interrupted).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('interrupts at the end of the grace and waits for the jobs to stop', async () => {
    const { drain, jobs, interrupted } = drainOf();
    const report = drain.run(120_000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(interrupted).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(30_000);
    jobs.resolve();
    expect(await report).toEqual({ outcome: 'interrupted', durationMs: 150_000 });
  });

  it('gives up on jobs that do not stop', async () => {
    const { drain } = drainOf();
    const report = drain.run(1_000);
    await vi.advanceTimersByTimeAsync(91_000);
    expect(await report).toEqual({ outcome: 'abandoned', durationMs: 91_000 });
  });

  it('a second call shortens the grace, and a longer one does not lengthen it', async () => {
    const { drain, jobs, interrupted } = drainOf();
    const report = drain.run(120_000);
    void drain.run(600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(drain.run(0)).toBe(report);
    await vi.advanceTimersByTimeAsync(1);
    expect(interrupted).toHaveLength(1);
    void drain.run(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(interrupted).toHaveLength(1);
    jobs.resolve();
    expect((await report).outcome).toBe('interrupted');
  });
});
