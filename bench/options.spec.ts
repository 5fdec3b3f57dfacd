import { describe, expect, it } from 'vitest';
import { BadArguments, benchOptions } from './options.js';

describe('options', () => {
  it('measures everything with warm providers when nothing is said', () => {
    const options = benchOptions([]);
    expect([...(options?.parts ?? [])]).toEqual(['e2e', 'floor', 'peers', 'gateway', 'idle']);
    expect(options).toMatchObject({ hasWarmProviders: true, rounds: 5 });
  });

  it('takes a shorter run for quick, and what is said besides', () => {
    expect(benchOptions(['--quick', '--sites', '10'])).toMatchObject({ rounds: 1, sites: 10 });
  });

  it('measures only what is asked for', () => {
    expect([...(benchOptions(['--only', 'e2e,floor'])?.parts ?? [])]).toEqual(['e2e', 'floor']);
  });

  it('answers nothing when help is asked for', () => {
    expect(benchOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--only', 'all'], /--only/],
    [['--slots', '0'], /--slots/],
    [['--rounds', 'three'], /--rounds/],
    [['--provider', 'tepid'], /--provider/],
    [['--fast'], /fast/],
  ])('refuses %j and names it', (args, message) => {
    expect(() => benchOptions(args)).toThrow(BadArguments);
    expect(() => benchOptions(args)).toThrow(message);
  });
});
