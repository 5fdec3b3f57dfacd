import type { OperationAction } from '@app/contracts';
import type { StoredSpec } from '@app/ledger';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SiteRunsService } from '../../apps/tf-executor/src/sites/site-runs.service.js';
import { ExecutorWorld, siteSpec } from './support/executor-world.js';
import type { FakeSite } from './support/fake-ledger.js';

const forever = new AbortController().signal;

const counted = (calls: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
};

describe('the calls of a run', () => {
  let world: ExecutorWorld;
  let runs: SiteRunsService;
  beforeAll(async () => {
    world = await ExecutorWorld.open();
    ({ runs } = await world.executor());
  });
  afterAll(() => world.close());
  afterEach(() => {
    world.budget.refusedMs = undefined;
    world.budget.requests.length = 0;
    world.budget.calls.length = 0;
    world.budget.closed = 0;
  });

  async function converge(site: FakeSite, action: OperationAction, spec: StoredSpec) {
    const message = world.ledger.ask(site, action, spec);
    await runs.converge(message, forever);
    return world.ledger.outcomeOf(message.operationId);
  }

  /** What the vendor has counted of an account. */
  async function atVendor({ accountId }: FakeSite): Promise<Record<string, number>> {
    const { operations } = await world.admin<{ operations: Record<string, { calls: number }> }>(
      'GET',
      `/calls?vendor=cato&account=${accountId}`,
    );
    return Object.fromEntries(Object.entries(operations).map(([name, { calls }]) => [name, calls]));
  }

  it('are counted as the vendor counts them, are reserved before it starts, and end with it', async () => {
    const site = world.addSite();
    const before = siteSpec();
    const after = siteSpec(undefined, { networkRange: '10.21.0.0/24' });
    for (const [action, spec] of [
      ['create', before],
      ['update', after],
      ['delete', after],
    ] as const) {
      const [vendorBefore, reservedBefore, usedBefore] = [
        await atVendor(site),
        world.budget.requests.length,
        world.budget.calls.length,
      ];
      expect(await converge(site, action, spec)).toMatchObject({ status: 'succeeded' });
      const used = counted(world.budget.calls.slice(usedBefore));
      const vendorAfter = await atVendor(site);
      const made = Object.fromEntries(
        Object.entries(vendorAfter)
          .map(([name, calls]) => [name, calls - (vendorBefore[name] ?? 0)] as const)
          .filter(([, calls]) => calls > 0),
      );
      expect(used).toEqual(made);
      const [request] = world.budget.requests.slice(reservedBefore);
      expect(request).toMatchObject({
        priority: 'edit',
        budget: { vendor: 'cato', accountId: site.accountId },
      });
      for (const [name, calls] of Object.entries(used)) {
        expect(request?.needs[name] ?? 0, `${action}: ${name}`).toBeGreaterThanOrEqual(calls);
      }
    }
    expect(world.budget.closed).toBe(3);
  });

  it('are put off, without a try, when there is no room for them', async () => {
    const site = world.addSite();
    world.budget.refusedMs = 42_000;
    expect(await converge(site, 'create', siteSpec())).toMatchObject({
      type: 'deferred',
      reason: 'budget',
      delayMs: 42_000,
      attempt: 0,
    });
    expect(await atVendor(site)).toEqual({});
  });
});
