import { expect, it } from 'vitest';
import { BadArguments, chaosOptions } from './options.js';

it('has a default for everything', () => {
  expect(chaosOptions([])).toEqual({
    rounds: 10,
    seed: 1,
    from: 0,
    file: '.sitewright/chaos.jsonl',
    isSummary: false,
    gateways: 2,
    executors: 2,
    programmers: 2,
  });
});

it('takes one round to repeat', () => {
  expect(chaosOptions(['--seed', '7', '--from', '12', '--rounds', '1'])).toMatchObject({
    seed: 7,
    from: 12,
    rounds: 1,
  });
});

it('shows the summary, or the usage', () => {
  expect(chaosOptions(['--summary', '--file', 'x.jsonl'])).toMatchObject({
    isSummary: true,
    file: 'x.jsonl',
  });
  expect(chaosOptions(['--help'])).toBeUndefined();
});

it.each([[['--rounds', '0']], [['--rounds', 'many']], [['--unknown']], [['--seed', '-1']]])(
  'refuses %j',
  (args) => {
    expect(() => chaosOptions(args)).toThrow(BadArguments);
  },
);
