import type { SiteClaim } from '@app/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StateBackend, type OpenedState } from '../../apps/tf-executor/src/state/state-backend.js';
import { claim, openLedger, submit, type TestLedger } from '../ledger/ledger-fixture.js';

const stateOf = (serial: number, id = 's1'): string =>
  JSON.stringify({
    version: 4,
    serial,
    lineage: 'lineage',
    resources: [{ mode: 'managed', type: 'x', name: 'y', instances: [{ attributes: { id } }] }],
  });

async function call(
  method: string,
  access: OpenedState,
  body?: string,
  { query = '', address = access.address } = {},
) {
  const credentials = Buffer.from(`${access.username}:${access.password}`).toString('base64');
  const answer = await fetch(`${address}${query}`, {
    method,
    headers: { authorization: `Basic ${credentials}` },
    ...(body !== undefined && { body }),
  });
  return { status: answer.status, text: await answer.text() };
}
describe('the state backend over PostgreSQL', () => {
  let ledger: TestLedger;
  let backend: StateBackend;
  let run: SiteClaim;
  let mine: OpenedState;
  let number = 0;
  const faults: unknown[] = [];
  beforeAll(async () => {
    ledger = await openLedger();
    backend = new StateBackend(ledger.states, (error) => faults.push(error));
    await backend.start();
  });
  afterAll(async () => {
    await backend.close();
    await ledger.close();
  });
  beforeEach(async () => {
    number += 1;
    run = await claim(ledger, (await submit(ledger, { site: `site-${number}` })).id, 1);
    mine = backend.open(run);
  });

  const lock = (access = mine, id = 'l1') =>
    call('LOCK', access, JSON.stringify({ ID: id, Operation: 'apply' }));
  const post = (serial: number, id?: string, lockId = 'l1') =>
    call('POST', mine, stateOf(serial, id), { query: `?ID=${lockId}` });

  it('locks, stores, reads and unlocks', async () => {
    expect((await call('GET', mine)).status).toBe(204);
    expect((await lock()).status).toBe(200);
    expect((await post(1)).status).toBe(200);
    expect(await call('GET', mine)).toEqual({ status: 200, text: stateOf(1) });
    expect((await call('UNLOCK', mine, JSON.stringify({ ID: 'l1' }))).status).toBe(200);
  });

  it('no token, an unknown token and a revoked one are 401', async () => {
    expect((await fetch(mine.address)).status).toBe(401);
    expect((await call('GET', { ...mine, password: 'guessed' })).status).toBe(401);
    mine.revoke();
    expect((await call('GET', mine)).status).toBe(401);
  });

  it('a token at another site’s address is 403, whatever it asks', async () => {
    const other = backend.open(await claim(ledger, (await submit(ledger, { site: `other-${number}` })).id));
    for (const method of ['GET', 'POST', 'LOCK', 'UNLOCK']) {
      const body = method === 'GET' ? undefined : stateOf(1);
      expect((await call(method, mine, body, { address: other.address })).status).toBe(403);
    }
    expect((await call('GET', other)).status).toBe(204);
  });

  it('the same write twice is accepted and stored once; another one of that serial is 409', async () => {
    await lock();
    expect([(await post(2)).status, (await post(2)).status]).toEqual([200, 200]);
    expect((await post(2, 'other')).status).toBe(409);
    expect((await post(1)).status).toBe(409);
    const stored = await ledger.database.rows(`select 1 from state_version where resource_id = $1`, [
      run.resourceId,
    ]);
    expect(stored).toHaveLength(1);
  });

  it('a write without the lock is 409; a lock that is held is 423 and names its holder', async () => {
    expect((await post(1)).status).toBe(409);
    await lock();
    expect((await post(1, 's1', 'l2')).status).toBe(409);
    const refused = await lock(mine, 'l2');
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([423, { ID: 'l1', Operation: 'apply' }]);
  });

  it('after a takeover everything that the old run asks is 409', async () => {
    await lock();
    await post(1);
    await ledger.sweeper.sweep();
    expect((await post(2)).status).toBe(409);
    expect((await lock()).status).toBe(409);
    const heir = backend.open(await claim(ledger, run.operationId));
    expect(await call('GET', heir)).toEqual({ status: 200, text: stateOf(1) });
    expect(faults).toEqual([]);
  });
});
