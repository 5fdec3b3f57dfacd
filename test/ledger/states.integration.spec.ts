import { StateConflict, StateFenced, StateLockLost, type SiteClaim } from '@app/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claim, openLedger, submit, worker, type TestLedger } from './ledger-fixture.js';

const CANARY = 'canary-state-psk';

const state = (serial: number, over: { lineage?: string; ids?: string[] } = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      version: 4,
      serial,
      lineage: over.lineage ?? 'lineage-1',
      resources: (over.ids ?? ['s1']).map((id) => ({
        mode: 'managed',
        type: 'cato_ipsec_site',
        name: 'site',
        instances: [{ attributes: { id, psk: CANARY } }],
      })),
    }),
  );

describe('the state of a site', () => {
  let ledger: TestLedger;
  let run: SiteClaim;
  let number = 0;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());
  beforeEach(async () => {
    number += 1;
    run = await claim(ledger, (await submit(ledger, { site: `site-${number}` })).id, 1);
    await ledger.states.lock(run, { ID: 'l1', Operation: 'apply' });
  });
  const versions = () =>
    ledger.database.rows<{ serial: string; content: Buffer }>(
      `select serial, content from state_version where resource_id = $1 order by version`,
      [run.resourceId],
    );

  it('is stored sealed, in versions, with an index of what it holds', async () => {
    expect(await ledger.states.read(run)).toBeUndefined();
    await ledger.states.write(run, 'l1', state(1));
    await ledger.states.write(run, 'l1', state(2, { ids: ['s2'] }));
    expect(await ledger.states.read(run)).toEqual(state(2, { ids: ['s2'] }));
    const stored = await versions();
    expect(stored.map(({ serial }) => serial)).toEqual(['1', '2']);
    expect(stored.some(({ content }) => content.includes(CANARY))).toBe(false);
    expect(await ledger.states.resources(run)).toEqual([
      { address: 'cato_ipsec_site.site', type: 'cato_ipsec_site', objectId: 's2', isTainted: false },
    ]);
  });

  it('the same write twice is stored once', async () => {
    await ledger.states.write(run, 'l1', state(1));
    await ledger.states.write(run, 'l1', state(1));
    expect(await versions()).toHaveLength(1);
  });

  it.each([
    ['the same serial with other content', state(2, { ids: ['other'] })],
    ['a lower serial', state(1)],
    ['a new lineage over live resources', state(9, { lineage: 'lineage-2' })],
    ['something that is no state', Buffer.from('{}')],
  ])('%s is refused', async (_name, content) => {
    await ledger.states.write(run, 'l1', state(2));
    await expect(ledger.states.write(run, 'l1', content)).rejects.toThrow(StateConflict);
    expect(await versions()).toHaveLength(1);
  });

  it('a new lineage is taken once everything is gone', async () => {
    await ledger.states.write(run, 'l1', state(2));
    await ledger.states.write(run, 'l1', state(3, { ids: [] }));
    await ledger.states.write(run, 'l1', state(1, { lineage: 'lineage-2' }));
    expect(await versions()).toHaveLength(3);
  });

  it('a write without the lock is refused', async () => {
    await expect(ledger.states.write(run, undefined, state(1))).rejects.toThrow(StateLockLost);
    await expect(ledger.states.write(run, 'l2', state(1))).rejects.toThrow(StateLockLost);
    expect(await ledger.states.unlock(run, 'l1')).toBe(true);
    await expect(ledger.states.write(run, 'l1', state(1))).rejects.toThrow(StateLockLost);
    expect(await ledger.states.unlock(run, 'l1')).toBe(false);
  });

  it('a lock that is held names its holder; asked for again by the same run it is the same lock', async () => {
    expect(await ledger.states.lock(run, { ID: 'l1' })).toBeUndefined();
    expect(await ledger.states.lock(run, { ID: 'l2' })).toMatchObject({
      lockId: 'l1',
      operationId: run.operationId,
      workerId: run.workerId,
    });
  });

  it('a takeover breaks the lock, and the run that had it can neither read nor write', async () => {
    await ledger.states.write(run, 'l1', state(1));
    expect((await ledger.sweeper.sweep()).takenOver).toBeGreaterThan(0);
    await expect(ledger.states.write(run, 'l1', state(2))).rejects.toThrow(StateFenced);
    await expect(ledger.states.lock(run, { ID: 'l1' })).rejects.toThrow(StateFenced);
    await expect(ledger.states.read(run)).rejects.toThrow(StateFenced);
    await ledger.states.quarantine(run, state(2));
    const heir = await claim(ledger, run.operationId);
    expect(await ledger.states.lock(heir, { ID: 'l9' })).toBeUndefined();
    expect(await ledger.states.read(heir)).toEqual(state(1));
    expect(heir.hasStateHeldResources).toBe(true);
  });

  it('another customer’s grant opens nothing', async () => {
    await ledger.states.write(run, 'l1', state(1));
    const stranger = { ...run, customerId: run.operationId, ...worker() };
    await expect(ledger.states.read(stranger)).rejects.toThrow(StateFenced);
    await expect(ledger.states.write(stranger, 'l1', state(2))).rejects.toThrow(StateFenced);
    expect(await ledger.states.resources(stranger)).toEqual([]);
  });
});
