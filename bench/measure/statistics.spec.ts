import { describe, expect, it } from 'vitest';
import { median, perMinute, percentile, ratios, sum } from './statistics.js';

describe('statistics', () => {
  it.each([
    ['an odd number of values has one in the middle', [30, 10, 20], 0.5, 20],
    ['an even number has its middle between two', [10, 40, 20, 30], 0.5, 25],
    ['the highest value is the last percentile', [1, 2, 3], 1, 3],
    ['the lowest is the first', [3, 2, 1], 0, 1],
    ['between two values it lies in proportion', [0, 100], 0.95, 95],
    ['one value is all of its percentiles', [7], 0.99, 7],
  ])('%s', (_name, values, share, expected) => {
    expect(percentile(values, share)).toBeCloseTo(expected);
  });

  it('has no percentile of nothing', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('counts per minute', () => {
    expect(perMinute(30, 6_000)).toBe(300);
    expect(sum([1, 2, 3])).toBe(6);
  });

  it('compares only what was measured in the same round', () => {
    expect(ratios([10, 20, 30], [5, 5])).toEqual([2, 4]);
  });
});
