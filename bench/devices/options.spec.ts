import { describe, expect, it } from 'vitest';
import { deviceBenchOptions, PARTS } from './options.js';

describe('deviceBenchOptions', () => {
  it('measures everything for as long as its aim says', () => {
    expect(deviceBenchOptions([])).toMatchObject({
      parts: new Set(PARTS),
      minutes: { flood: 30, mixed: 3, twice: 5 },
      clockScale: 4,
      accounts: 50,
    });
  });

  it('takes parts, and minutes for all of them', () => {
    expect(deviceBenchOptions(['--only', 'mixed,no-budget', '--minutes', '0.5'])).toMatchObject({
      parts: new Set(['mixed', 'no-budget']),
      minutes: { flood: 0.5, mixed: 0.5, twice: 0.5 },
    });
  });

  it.each([
    [['--only', 'mixd']],
    [['--minutes', '0']],
    [['--clock-scale', '60']],
    [['--clock-scale', 'fast']],
    [['--accounts', '-1']],
  ])('refuses %j', (args) => {
    expect(() => deviceBenchOptions(args)).toThrow(args[0]);
  });

  it('answers a question about itself', () => {
    expect(deviceBenchOptions(['--help'])).toBeUndefined();
  });
});
