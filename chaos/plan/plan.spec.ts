import { describe, expect, it } from 'vitest';
import { DISTURBANCES, SERVICE_DISTURBANCES } from './disturbance-plan.js';
import { Random, roundSeed } from './random.js';
import { LOAD_SIZE, planRound } from './round-plan.js';

function draw(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: 50 }, () => random.int(1, 6));
}

describe('chance', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('stays within its bounds and reaches them', () => {
    const drawn = draw(1);
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([1, 6]);
  });

  it('shuffles without losing anything', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Random(3).shuffled(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((one, other) => one - other)).toEqual(items);
  });

  it('gives every round of every seed a seed of its own', () => {
    const seeds = [1, 2, 3].flatMap((seed) =>
      Array.from({ length: 500 }, (_none, round) => roundSeed(seed, round)),
    );
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});

describe('the plan of a round', () => {
  const plans = Array.from({ length: 60 }, (_none, round) => planRound(1, round, DISTURBANCES));

  it('can be made again from its seed and its number alone', () => {
    expect(planRound(1, 17, DISTURBANCES)).toEqual(plans[17]);
    expect(planRound(2, 17, DISTURBANCES)).not.toEqual({ ...plans[17], seed: 2 });
  });

  it('has two to five disturbances within the time of the load, in their order', () => {
    for (const { disturbances } of plans) {
      expect(disturbances.length).toBeGreaterThanOrEqual(2);
      expect(disturbances.length).toBeLessThanOrEqual(5);
      const moments = disturbances.map(({ atMs }) => atMs);
      expect(moments).toEqual(moments.toSorted((one, other) => one - other));
      expect(Math.max(...moments)).toBeLessThanOrEqual(LOAD_SIZE.loadMs);
    }
  });

  it.each(['broker_restart', 'postgres_restart'])('has a %s in one of six rounds', (kind) => {
    const rounds = plans.filter(({ disturbances }) => disturbances.some((one) => one.kind === kind));
    expect(rounds.map(({ round }) => round % 6)).toEqual(rounds.map(() => rounds[0]?.round));
    expect(rounds).toHaveLength(10);
  });

  it('has every kind of disturbance before long', () => {
    const kinds = new Set(plans.flatMap(({ disturbances }) => disturbances.map(({ kind }) => kind)));
    expect([...kinds].toSorted()).toEqual([...DISTURBANCES].toSorted());
  });

  it('leaves the stores alone where they are somebody else’s', () => {
    const kinds = Array.from({ length: 60 }, (_none, round) =>
      planRound(1, round, SERVICE_DISTURBANCES),
    ).flatMap(({ disturbances }) => disturbances.map(({ kind }) => kind));
    expect(new Set(kinds)).toEqual(new Set(SERVICE_DISTURBANCES));
  });

  it('has faults of every kind before long, none of them without an end', () => {
    const rules = plans.flatMap(({ faults }) => faults.rules);
    expect([...new Set(rules.map(({ spec }) => spec.effect))].toSorted()).toEqual([
      'delay',
      'hang',
      'hang_after',
      'reset_after',
      'reset_before',
      'status',
    ]);
    expect(
      rules.every(({ spec, startsAtMs, endsAtMs }) => spec.times !== undefined && endsAtMs > startsAtMs),
    ).toBe(true);
  });

  it('has creates, edits, deletes, lost answers and doubled requests', () => {
    const steps = plans.flatMap(({ clients }) => clients.flat());
    expect(new Set(steps.map(({ change }) => change.kind))).toEqual(
      new Set(['put', 'put_tunnel', 'delete_tunnel', 'delete', 'put_device', 'delete_device', 'batch']),
    );
    expect(steps.some(({ losesAnswerAfterMs }) => losesAnswerAfterMs !== undefined)).toBe(true);
    expect(steps.some(({ isDoubled }) => isDoubled)).toBe(true);
  });

  it('names a device once in a batch, which asks for something', () => {
    const batches = plans
      .flatMap(({ clients }) => clients.flat())
      .flatMap(({ change }) => (change.kind === 'batch' ? [change] : []));
    const named = batches.map(({ put, remove }) => [...put.map(({ device }) => device), ...remove]);
    expect(named.filter((devices) => devices.length === 0 || new Set(devices).size < devices.length)).toEqual(
      [],
    );
    expect(batches.some(({ remove }) => remove.length > 0)).toBe(true);
  });

  it('has faults of the calls on devices in every round', () => {
    const calls = ['updateSiteStaticHosts', 'updateStaticHostBulk', 'staticHostList'];
    const perRound = plans.map(({ faults }) =>
      faults.rules.filter(({ spec }) => calls.includes(spec.operation)),
    );
    expect(perRound.filter((rules) => rules.length === 0)).toEqual([]);
    expect(new Set(perRound.flat().map(({ spec }) => spec.operation))).toEqual(new Set(calls));
  });
});
