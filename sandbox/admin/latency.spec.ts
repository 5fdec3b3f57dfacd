import { expect, it } from 'vitest';
import { Latency } from './latency.js';
import { seededRandom } from './random.js';

it('draws answer times with the given median and 99th percentile', () => {
  const latency = new Latency(seededRandom(7));
  latency.set({ vendor: 'v', p50Ms: 150, p99Ms: 3000 });
  const drawn = Array.from({ length: 20_000 }, () => latency.sampleMs('v', ['any'])).toSorted(
    (a, b) => a - b,
  );
  expect((drawn[10_000] ?? 0) / 150).toBeCloseTo(1, 1);
  expect(drawn[19_800]).toBeGreaterThan(2500);
  expect(drawn[19_800]).toBeLessThan(3600);
});

it('prefers what was set for the operation; other vendors and no rule mean no wait', () => {
  const latency = new Latency();
  expect(latency.sampleMs('v', ['a'])).toBe(0);
  latency.set({ vendor: 'v', p50Ms: 10, p99Ms: 10 });
  latency.set({ vendor: 'v', operation: 'slow', p50Ms: 500, p99Ms: 500 });
  expect(latency.sampleMs('v', ['a'])).toBeCloseTo(10);
  expect(latency.sampleMs('v', ['a', 'slow'])).toBeCloseTo(500);
  expect(latency.sampleMs('w', ['a'])).toBe(0);
  latency.reset();
  expect(latency.sampleMs('v', ['slow'])).toBe(0);
});
