import { describe, expect, it } from 'vitest';
import { allowanceUsed } from './allowance.js';

describe('allowanceUsed', () => {
  it('counts whole minutes, and nothing of the one that was begun', () => {
    expect(allowanceUsed([120, 0, 0, 0, 0, 0, 60, 30, 0, 0, 0, 0, 120])).toBeCloseTo(0.875);
  });

  it('says nothing of less than a minute', () => {
    expect(allowanceUsed([120, 0])).toBeNaN();
  });
});
