import { describe, expect, it } from 'vitest';
import { HealthDetails } from './health-details.js';

const never = () => new Promise(() => {});
const broken = (): never => {
  throw new Error('postgres://user:secret-canary@host');
};

describe('the details of health', () => {
  it('are read together, and what cannot be read in time is unknown', async () => {
    const details = new HealthDetails(
      {
        one: () => 1,
        two: () => Promise.resolve({ depth: 2 }),
        broken,
        never,
        rejected: async () => broken(),
      },
      { patienceMs: 20, freshMs: 0 },
    );
    expect(await details.read()).toEqual({
      one: 1,
      two: { depth: 2 },
      broken: 'unknown',
      never: 'unknown',
      rejected: 'unknown',
    });
  });

  it('are not read anew for each who asks', async () => {
    let reads = 0;
    const details = new HealthDetails({ reads: () => (reads += 1) }, { patienceMs: 20, freshMs: 50 });
    await Promise.all([details.read(), details.read()]);
    expect(await details.read()).toEqual({ reads: 1 });
    await expect.poll(() => details.read()).toEqual({ reads: 2 });
  });
});
