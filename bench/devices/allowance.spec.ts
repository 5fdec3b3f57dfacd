import { describe, expect, it } from 'vitest';
import { allowanceUsed } from './allowance.js';

const IDLE = [0, 0, 0, 0, 0];

describe('allowanceUsed', () => {
  it('is all of it when a burst follows the other by a minute', () => {
    expect(allowanceUsed([120, ...IDLE, 120, ...IDLE, 120])).toBe(1);
  });

  it('is less when each comes ten seconds late, wherever the run ends', () => {
    const late = [120, ...IDLE, 0];
    expect(allowanceUsed([...late, ...late, ...late, ...late])).toBeCloseTo(6 / 7, 1);
    expect(allowanceUsed([...late, ...late, ...late, ...late, 120])).toBeCloseTo(6 / 7, 1);
  });

  it('says nothing of less than a minute', () => {
    expect(allowanceUsed([120, 0])).toBeNaN();
  });
});
