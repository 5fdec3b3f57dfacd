import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.js';

describe('in parallel', () => {
  it('does everything, and never more at a time than allowed', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running -= 1;
      done.push(item);
    });
    expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(done).toHaveLength(5);
    expect(most).toBe(2);
  });

  it('begins nothing new after a failure, and reports it', async () => {
    const begun: number[] = [];
    const work = (item: number): Promise<void> => {
      begun.push(item);
      return item === 2 ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    await expect(inParallel([1, 2, 3, 4], 1, work)).rejects.toThrow('no');
    expect(begun).toEqual([1, 2]);
  });
});
