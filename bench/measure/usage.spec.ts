import { describe, expect, it } from 'vitest';
import type { ProcessEntry } from './process-table.js';
import { assign, CpuMeter, difference, mapKinds, total, type Roots } from './usage.js';

const entry = (pid: number, parent: number, ownTicks: number, childTicks = 0): ProcessEntry => ({
  pid,
  parent,
  ownTicks,
  childTicks,
});

const roots: Roots = {
  gateway: [10],
  executor: [20],
  postgres: [30],
  rabbitmq: [],
  simulator: [40],
  client: [1],
};
const PROVIDER = 22;
const isProvider = (pid: number) => pid === PROVIDER;

const table = [
  entry(1, 0, 5, 70),
  entry(10, 1, 100),
  entry(20, 1, 200),
  entry(21, 20, 7, 300),
  entry(PROVIDER, 21, 50),
  entry(23, 21, 4),
  entry(30, 1, 1, 2),
  entry(31, 30, 40),
  entry(40, 1, 60),
];

describe('usage', () => {
  it('finds the time of ended Terraform processes with the parents that waited for them', () => {
    const { ticks } = assign(table, roots, isProvider);
    expect(ticks).toMatchObject({ supervisor: 7, terraform: 300 + 4 + 70, provider: 50, client: 5 });
  });

  it('counts a server with its children, the ended ones too', () => {
    expect(assign(table, roots, isProvider).ticks.postgres).toBe(43);
  });

  it('counts nothing for a kind that is not ours', () => {
    expect(assign(table, roots, isProvider).ticks.rabbitmq).toBe(0);
  });

  it('books an ended provider on providers still', () => {
    const readings = [table, table.filter(({ pid }) => pid !== PROVIDER).map(afterProvider)];
    const meter = new CpuMeter(
      () => roots,
      () => readings.shift() ?? [],
      isProvider,
    );
    const before = meter.reading();
    const used = difference(meter.reading(), before);
    expect(used.provider).toBeCloseTo(0);
    expect(used.terraform).toBeCloseTo(0);
  });

  it('adds up', () => {
    expect(total(mapKinds(() => 2))).toBe(18);
  });
});

/** The supervisor has waited for the provider, and got its time. */
const afterProvider = (one: ProcessEntry): ProcessEntry =>
  one.pid === 21 ? { ...one, childTicks: one.childTicks + 50 } : one;
