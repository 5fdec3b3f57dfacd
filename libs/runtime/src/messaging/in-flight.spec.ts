import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfirmTimeout, Nacked, type PublishFailure } from './errors.js';
import { InFlight } from './in-flight.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('messages in flight', () => {
  it('the one over the limit waits until a place is free', async () => {
    const inFlight = new InFlight(2, 1_000);
    const entered: number[] = [];
    const enter = async (n: number): Promise<void> => {
      await inFlight.enter();
      entered.push(n);
    };
    const all = Promise.all([enter(1), enter(2), enter(3)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toEqual([1, 2]);
    inFlight.leave();
    await all;
    expect(entered).toEqual([1, 2, 3]);
    expect(inFlight.size).toBe(2);
  });

  it('a confirm that never comes ends the wait after the timeout, once', async () => {
    const inFlight = new InFlight(2, 1_000);
    const ends: (PublishFailure | undefined)[] = [];
    const end = inFlight.await((failure) => ends.push(failure));
    await vi.advanceTimersByTimeAsync(900);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ends).toEqual([expect.any(ConfirmTimeout)]);
    end(undefined);
    expect(ends).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('an answer in time ends the wait with that answer', async () => {
    const inFlight = new InFlight(2, 1_000);
    const ends: (PublishFailure | undefined)[] = [];
    inFlight.await((failure) => ends.push(failure))(undefined);
    inFlight.await((failure) => ends.push(failure))(new Nacked('q'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ends).toEqual([undefined, expect.any(Nacked)]);
  });

  it('none is left when all have left', async () => {
    const inFlight = new InFlight(2, 1_000);
    await inFlight.enter();
    let isEmpty = false;
    const empty = inFlight.whenEmpty().then(() => (isEmpty = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isEmpty).toBe(false);
    inFlight.leave();
    await empty;
    expect(isEmpty).toBe(true);
  });
});
