import { describe, expect, it } from 'vitest';
import { backoffMs, RECOVERY_BACKOFF } from './backoff.js';

describe('backoff', () => {
  it.each([
    [1, 200],
    [2, 400],
    [3, 800],
    [5, 3_200],
    [6, 5_000],
    [7, 5_000],
    [10_000, 5_000],
  ])('before attempt %i + 1 it waits at most %i ms', (attempt, expected) => {
    expect(backoffMs(attempt, RECOVERY_BACKOFF, 1)).toBe(expected);
    expect(backoffMs(attempt, RECOVERY_BACKOFF, 0)).toBe(expected / 2);
  });
});
