import { VendorStatus } from '@app/contracts';
import { vendors } from '@app/vendors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accountOf } from '../testing/fake-vendor-states.js';
import { NOW, workerOf } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
  gateway.vendorStates.known.push(accountOf(), accountOf({ id: 'b', customer: 'globex', accountId: '4712' }));
});
afterEach(() => gateway.stop());

const Vendors = z.object({ items: z.array(VendorStatus) });

async function list(query = '', key: string = KEY.viewer): Promise<VendorStatus[]> {
  const { status, body } = await gateway.call('GET', `/v1/vendors${query}`, { key });
  expect(status).toBe(200);
  return Vendors.parse(body).items;
}
const cato = async (query?: string, key?: string): Promise<VendorStatus> => {
  const found = (await list(query, key)).find(({ vendor }) => vendor === 'cato');
  if (found === undefined) throw new Error('there is no such vendor');
  return found;
};
const load = { lane: 'device', pending: 3, released: 2, inProgress: 1, oldestSeconds: 9 } as const;

describe('the vendors', () => {
  it('are all of the catalogue, with every lane of theirs', async () => {
    gateway.vendorStates.loads.set('cato', [load]);
    expect((await list()).map(({ vendor }) => vendor)).toEqual([...vendors.keys()]);
    const { lanes, displayName } = await cato();
    expect(displayName).toBe('Cato Networks');
    expect(lanes).toContainEqual(load);
    expect(lanes).toContainEqual({
      lane: 'bulk',
      pending: 0,
      released: 0,
      inProgress: 0,
      oldestSeconds: null,
    });
  });

  it('count the workers that take work', async () => {
    gateway.workers.workers.push(
      workerOf({ busy: 1 }),
      workerOf({ id: 'w2', slots: 4 }),
      workerOf({ id: 'w3', state: 'dead' }),
      workerOf({ id: 'd1', app: 'device-programmer', state: 'dead' }),
    );
    expect((await cato()).workers).toEqual([
      { app: 'device-programmer', alive: 0, slots: 0, busy: 0 },
      { app: 'tf-executor', alive: 2, slots: 6, busy: 1 },
    ]);
  });

  it('tell of each account its budget, its breakers and its work', async () => {
    const use = { counter: 'siteAdd', windowMs: 60_000, limit: 120, used: 20, left: 100, blockedMs: 0.4 };
    gateway.vendorStates.uses.push(use);
    gateway.vendorStates.known[0] = accountOf({ lanes: [load] });
    const error = { code: 'VENDOR_UNAVAILABLE', message: '503', retryable: true } as const;
    const broken = { vendor: 'cato', accountId: '4711', failedProbes: 0, error };
    gateway.vendorStates.broken.push(
      {
        ...broken,
        vendorAccountId: accountOf().id,
        family: 'devices',
        state: 'open',
        since: new Date(NOW),
        probeAt: new Date(NOW),
      },
      {
        ...broken,
        vendorAccountId: accountOf().id,
        family: 'sites',
        state: 'closed',
        since: new Date(NOW),
        probeAt: null,
      },
    );
    const [acme, globex] = (await cato()).accounts;
    expect(acme).toMatchObject({
      customer: 'acme',
      accountId: '4711',
      breaker: 'open',
      breakers: [
        { family: 'devices', state: 'open', since: NOW, probeAt: NOW, error },
        { family: 'sites', state: 'closed', probeAt: null },
      ],
      budget: [{ ...use, blockedMs: 1 }],
      links: { self: '/v1/customers/acme/vendor-accounts/cato' },
    });
    expect(acme?.lanes).toContainEqual(load);
    expect(globex).toMatchObject({ breaker: 'closed', breakers: [] });
  });

  it('ask for the budget of the address that the account really means', async () => {
    gateway.vendorStates.known[1] = accountOf({
      id: 'b',
      customer: 'globex',
      baseUrl: 'https://other.test/',
    });
    await cato();
    expect(gateway.vendorStates.budgets.map(({ baseUrl }) => baseUrl)).toEqual([
      'http://127.0.0.1:3901',
      'https://other.test/',
    ]);
  });

  it('show a scoped key its own customer and no workers', async () => {
    const mine = await cato('', KEY.acmeViewer);
    expect(mine.accounts.map(({ customer }) => customer)).toEqual(['acme']);
    expect(mine).not.toHaveProperty('workers');
    expect(gateway.vendorStates.filters).toEqual([{ customer: 'acme' }, { customer: 'acme' }]);
    const others = await cato('?customer=globex', KEY.acmeViewer);
    expect(others.accounts).toEqual([]);
    expect(gateway.vendorStates.filters).toHaveLength(2);
  });

  it('can be filtered', async () => {
    expect((await list('?vendor=cato')).map(({ vendor }) => vendor)).toEqual(['cato']);
    expect((await cato('?customer=globex')).accounts.map(({ customer }) => customer)).toEqual(['globex']);
    const unknown = await gateway.call('GET', '/v1/vendors?vendor=acme');
    expect(problemOf(unknown)).toMatchObject({ status: 422, code: 'UNSUPPORTED_VENDOR' });
    expect(problemOf(await gateway.call('GET', '/v1/vendors?limit=101')).paths).toEqual(['limit']);
  });
});
