import {
  LeaseLost,
  SiteDeleting,
  SpecRefused,
  VendorAccountMissing,
  NotFound,
  PreconditionFailed,
} from '@app/ledger';
import type { Operation } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addCustomer,
  applySite,
  claim,
  fail,
  openLedger,
  putOf,
  remove,
  submit,
  succeed,
  wakeOf,
  wakes,
  worker,
  type TestLedger,
} from './ledger-fixture.js';

const veto = () => ({ path: 'tunnels', message: 'not yet' });

describe('the life of an operation in the ledger', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());
  let site: string;
  let number = 0;
  beforeEach(() => {
    number += 1;
    site = `site-${number}`;
  });
  const siteNow = () => ledger.requests.get('acme', site);

  it('a request is accepted, released, claimed and settled', async () => {
    const operation = await submit(ledger, { site });
    expect(operation).toMatchObject({
      status: 'pending',
      phase: 'queued',
      action: 'create',
      revision: 1,
      attempt: 0,
    });
    expect(await siteNow()).toMatchObject({ phase: 'creating', appliedRevision: null });

    const claimed = await claim(ledger, operation.id);
    expect(claimed).toMatchObject({
      customer: 'acme',
      site,
      spec: { secrets: { 'tunnels.a.psk': 'canary-psk-4711' } },
      account: { accountId: '1', credentials: { token: 'canary-token' } },
      isUnreconciled: false,
      hasStateHeldResources: false,
    });
    await ledger.work.applyStarted(claimed);
    expect(await ledger.operations.get(operation.id, undefined)).toMatchObject({
      phase: 'applying',
      attempt: 1,
    });
    await succeed(ledger, claimed);
    expect(await ledger.operations.get(operation.id, undefined)).toMatchObject({
      status: 'succeeded',
      phase: 'done',
      changed: true,
      outputs: { siteId: '7' },
    });
    expect(await siteNow()).toMatchObject({ phase: 'ready', appliedRevision: 1, outputs: { siteId: '7' } });
  });

  it('a delivery has an effect once, whoever gets it and however often', async () => {
    const operation = await submit(ledger, { site });
    const wake = await wakeOf(ledger, operation.id);
    const answers = await Promise.all([1, 2, 3, 4].map(() => ledger.work.claim(wake, worker())));
    expect(answers.filter((answer) => typeof answer !== 'string')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'not_pending')).toHaveLength(3);
    const winner = answers.find((answer) => typeof answer !== 'string');
    if (winner === undefined || typeof winner === 'string') throw new Error('nobody won');
    await succeed(ledger, winner);
    expect(await ledger.work.claim(wake, worker())).toBe('not_pending');
    expect(await ledger.work.claim({ ...wake, releaseNo: 9 }, worker())).toBe('stale_release');
    expect(await ledger.work.claim({ ...wake, customerId: operation.id }, worker())).toBe('unknown');
  });

  it('two edits at once are never two runs, and the newest wins', async () => {
    await applySite(ledger, { site });
    const first = await submit(ledger, { site, range: '10.1.0.0/24' });
    const running = await claim(ledger, first.id);
    const second = await submit(ledger, { site, range: '10.2.0.0/24' });
    const third = await submit(ledger, { site, range: '10.3.0.0/24' });
    expect((await wakes(ledger)).map((wake) => wake.operationId)).not.toContain(third.id);
    expect(await ledger.operations.get(second.id, undefined)).toMatchObject({
      status: 'cancelled',
      supersededBy: third.id,
      error: { code: 'SUPERSEDED' },
    });
    await succeed(ledger, running);
    expect(await siteNow()).toMatchObject({ phase: 'updating', appliedRevision: 2, revision: 4 });
    await succeed(ledger, await claim(ledger, third.id));
    expect(await siteNow()).toMatchObject({ phase: 'ready', appliedRevision: 4 });
    expect(await ledger.operations.follow(second.id, undefined)).toMatchObject({ id: third.id });
  });

  it('the same spec again changes nothing while it is on its way or applied, and runs again after a failure', async () => {
    const operation = await submit(ledger, { site });
    expect(await ledger.requests.put(putOf(ledger, { site }))).toMatchObject({ kind: 'unchanged' });
    await fail(ledger, await claim(ledger, operation.id));
    expect(await siteNow()).toMatchObject({ phase: 'failed', appliedRevision: null });
    const again = await submit(ledger, { site });
    expect(again).toMatchObject({ action: 'create', revision: 1 });
    await succeed(ledger, await claim(ledger, again.id));
    expect(await ledger.requests.put(putOf(ledger, { site }))).toMatchObject({ kind: 'unchanged' });
  });

  it('a left-out secret keeps its value; on a new site it is asked for by its place', async () => {
    const withoutPsk = {
      secrets: [{ key: 'tunnels.a.psk', path: 'tunnels.0.psk', isRequired: true, value: undefined }],
    };
    const refused = ledger.requests.put(putOf(ledger, { site, ...withoutPsk }));
    await expect(refused).rejects.toThrow(SpecRefused);
    await expect(refused).rejects.toMatchObject({ details: { errors: [{ path: 'tunnels.0.psk' }] } });
    await applySite(ledger, { site });
    const edit = await submit(ledger, { site, range: '10.9.0.0/24', ...withoutPsk });
    expect((await claim(ledger, edit.id)).spec.secrets).toEqual({ 'tunnels.a.psk': 'canary-psk-4711' });
  });

  it('a deferred run waits without a slot, then comes back with a new release', async () => {
    const operation = await submit(ledger, { site });
    const first = await claim(ledger, operation.id);
    await ledger.work.applyStarted(first);
    const error = { code: 'VENDOR_UNAVAILABLE', message: 'later', retryable: true } as const;
    await ledger.work.defer(first, { reason: 'retry', delayMs: 3_600_000, error, timings: {}, attempt: 1 });
    expect(await ledger.operations.get(operation.id, undefined)).toMatchObject({
      status: 'pending',
      phase: 'waiting',
      queue: { waitingFor: 'retry' },
      error: { code: 'VENDOR_UNAVAILABLE' },
    });
    await ledger.sweeper.sweep();
    expect((await wakeOf(ledger, operation.id)).releaseNo).toBe(1);
    await ledger.database.rows(`update operation set release_at = now() where id = $1`, [operation.id]);
    expect((await ledger.sweeper.sweep()).released).toBe(1);
    const second = await claim(ledger, operation.id);
    expect(second).toMatchObject({ attempt: 1, isUnreconciled: true });
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    await succeed(ledger, second);
  });

  it('a deferred run gives way to a later request', async () => {
    const operation = await submit(ledger, { site });
    const claimed = await claim(ledger, operation.id);
    const later = await submit(ledger, { site, range: '10.5.0.0/24' });
    const error = { code: 'VENDOR_UNAVAILABLE', message: 'later', retryable: true } as const;
    await ledger.work.defer(claimed, { reason: 'retry', delayMs: 1000, error, timings: {}, attempt: 1 });
    expect(await ledger.operations.get(operation.id, undefined)).toMatchObject({
      status: 'cancelled',
      supersededBy: later.id,
    });
    expect((await claim(ledger, later.id)).revision).toBe(2);
  });

  it('a worker that lost its lease can write nothing: not the run, not the state, not the end', async () => {
    const operation = await submit(ledger, { site });
    const lost = await claim(ledger, operation.id, 1);
    await ledger.work.applyStarted(lost);
    expect(await ledger.states.lock(lost, { ID: 'lock-1' })).toBeUndefined();
    expect((await ledger.sweeper.sweep()).takenOver).toBe(1);
    await expect(ledger.work.heartbeat(lost, 1000)).rejects.toThrow(LeaseLost);
    await expect(ledger.work.enterPhase(lost, 'saving')).rejects.toThrow(LeaseLost);
    await expect(ledger.work.applyStarted(lost)).rejects.toThrow(LeaseLost);
    await expect(
      ledger.work.objectApplied(lost, { address: 'a', id: '1', action: 'create' }),
    ).rejects.toThrow(LeaseLost);
    await expect(ledger.states.read(lost)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(succeed(ledger, lost)).rejects.toThrow(LeaseLost);

    const heir = await claim(ledger, operation.id);
    expect(heir).toMatchObject({ isUnreconciled: true, attempt: 1 });
    expect(await ledger.states.lock(heir, { ID: 'lock-2' })).toBeUndefined();
    await succeed(ledger, heir);
    await expect(succeed(ledger, heir)).rejects.toThrow(LeaseLost);
  });

  it('a released operation that nobody claimed is released again, and the old message is inert', async () => {
    const operation = await submit(ledger, { site });
    const lostMessage = await wakeOf(ledger, operation.id);
    await ledger.database.rows(
      `update operation set released_at = now() - interval '10 minutes' where id = $1`,
      [operation.id],
    );
    expect((await ledger.sweeper.sweep()).releasedAgain).toBe(1);
    expect(await ledger.work.claim(lostMessage, worker())).toBe('stale_release');
    await succeed(ledger, await claim(ledger, operation.id));
  });

  it('what never reached the vendor is deleted without a run, and its name is free again', async () => {
    const created = await submit(ledger, { site });
    const deleted = await remove(ledger, site);
    expect(deleted).toMatchObject({ status: 'succeeded', action: 'delete', changed: false });
    expect(await ledger.operations.get(created.id, undefined)).toMatchObject({ supersededBy: deleted.id });
    await expect(siteNow()).rejects.toThrow(NotFound);
    expect(await submit(ledger, { site })).toMatchObject({ action: 'create', revision: 1 });
  });

  it('a delete runs with the spec that was last tried, is asked for once, and takes the secrets with it', async () => {
    await applySite(ledger, { site });
    const deletion = await remove(ledger, site);
    expect(await remove(ledger, site)).toMatchObject({ id: deletion.id });
    await expect(ledger.requests.put(putOf(ledger, { site, range: '10.6.0.0/24' }))).rejects.toThrow(
      SiteDeleting,
    );
    const claimed = await claim(ledger, deletion.id);
    expect(claimed).toMatchObject({
      action: 'delete',
      spec: { secrets: { 'tunnels.a.psk': 'canary-psk-4711' } },
    });
    await ledger.work.applyStarted(claimed);
    await fail(ledger, claimed);
    expect(await siteNow()).toMatchObject({ phase: 'delete_failed', appliedRevision: 1 });
    const second = await claim(ledger, (await remove(ledger, site)).id);
    await succeed(ledger, second);
    await expect(siteNow()).rejects.toThrow(NotFound);
    expect(
      await ledger.database.rows(
        `select 1 from resource_revision where resource_id = $1 and secrets is not null`,
        [claimed.resourceId],
      ),
    ).toEqual([]);
  });

  it('the vendor may veto a change of what was tried there', async () => {
    await applySite(ledger, { site });
    await expect(
      ledger.requests.put(putOf(ledger, { site, range: '10.7.0.0/24', unsupportedChange: veto })),
    ).rejects.toMatchObject({
      code: 'NOT_YET_SUPPORTED',
    });
  });

  it('a claim tells what was tried since the site was applied', async () => {
    await applySite(ledger, { site });
    const between = await claim(ledger, (await submit(ledger, { site, range: '10.9.1.0/24' })).id);
    await ledger.work.applyStarted(between);
    await ledger.work.objectApplied(between, {
      address: 'cato_bgp_peer.peer["a"]',
      id: 'p1',
      action: 'create',
    });
    await fail(ledger, between);
    const { id } = await submit(ledger, { site, range: '10.9.2.0/24' });
    const newest = await claim(ledger, id);
    expect(between).toMatchObject({ triedSpecs: [], reportedIds: [] });
    const told = { triedSpecs: [{ networkRange: '10.9.1.0/24' }], reportedIds: ['p1'] };
    expect(newest).toMatchObject(told);
    await ledger.work.applyStarted(newest);
    const error = { code: 'VENDOR_UNAVAILABLE', message: 'later', retryable: true } as const;
    await ledger.work.defer(newest, { reason: 'retry', delayMs: 0, error, timings: {}, attempt: 1 });
    await ledger.sweeper.sweep();
    // What it asks for itself is no more of the past when it is tried again.
    expect(await claim(ledger, id)).toMatchObject(told);
  });

  it('the vendor may veto a change of what a run is about to try there', async () => {
    await claim(ledger, (await submit(ledger, { site })).id);
    await expect(
      ledger.requests.put(putOf(ledger, { site, range: '10.8.0.0/24', unsupportedChange: veto })),
    ).rejects.toMatchObject({ code: 'NOT_YET_SUPPORTED' });
  });

  it('preconditions, unknown customers and missing accounts are refused before anything is stored', async () => {
    await expect(
      ledger.requests.put(putOf(ledger, { site, preconditions: { ifRevision: 1 } })),
    ).rejects.toThrow(PreconditionFailed);
    await submit(ledger, { site, preconditions: { mustNotExist: true } });
    await expect(
      ledger.requests.put(putOf(ledger, { site, preconditions: { mustNotExist: true } })),
    ).rejects.toThrow('its revision is 1');
    await expect(ledger.requests.put(putOf(ledger, { customer: 'nobody' }))).rejects.toThrow(NotFound);
    await ledger.customers.put('poor', { displayName: 'no account' });
    await expect(ledger.requests.put(putOf(ledger, { customer: 'poor' }))).rejects.toThrow(
      VendorAccountMissing,
    );
    expect(await ledger.requests.list('poor', { limit: 10 })).toEqual({ items: [], nextCursor: null });
  });

  it('one key is one operation; another body or the same moment is refused', async () => {
    const idempotency = { key: `key-${site}`, requestHash: Buffer.from('one') };
    const first = await ledger.requests.put(putOf(ledger, { site, idempotency }));
    const again = await ledger.requests.put(putOf(ledger, { site, idempotency, range: '10.8.0.0/24' }));
    expect(again).toMatchObject({ kind: 'accepted', isReplay: true });
    expect(
      first.kind === 'accepted' && again.kind === 'accepted' && again.operation.id === first.operation.id,
    ).toBe(true);
    const other = { ...idempotency, requestHash: Buffer.from('two') };
    await expect(ledger.requests.put(putOf(ledger, { site, idempotency: other }))).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    const sameMoment = { key: `moment-${site}`, requestHash: Buffer.from('x') };
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        ledger.requests.put(putOf(ledger, { site: `${site}-b`, idempotency: sameMoment })),
      ),
    );
    const ids = results.flatMap((result) =>
      result.status === 'fulfilled' && result.value.kind === 'accepted' ? [result.value.operation.id] : [],
    );
    expect(new Set(ids).size).toBe(1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refusals.filter(({ code }) => code !== 'IDEMPOTENCY_KEY_IN_USE')).toEqual([]);
  });

  it('a customer with many requests gets a bounded number of slots, and its neighbour its own', async () => {
    await addCustomer(ledger, 'busy');
    await addCustomer(ledger, 'calm');
    const operations: Operation[] = [];
    for (let at = 0; at < 23; at += 1) {
      operations.push(await submit(ledger, { customer: 'busy', site: `s-${at}` }));
    }
    const released = async () =>
      (await wakes(ledger)).filter((wake) => operations.some(({ id }) => id === wake.operationId));
    expect(await released()).toHaveLength(20);
    const calm = await submit(ledger, { customer: 'calm', site: 'only' });
    expect(await wakeOf(ledger, calm.id)).toMatchObject({ releaseNo: 1 });
    await succeed(ledger, await claim(ledger, operations[0]?.id ?? ''));
    expect(await released()).toHaveLength(21);
  });

  it('a customer or account with sites cannot be deleted; without them both go, and the customer may come back', async () => {
    await addCustomer(ledger, 'leaving');
    const operation = await submit(ledger, { customer: 'leaving', site });
    await expect(ledger.customers.delete('leaving')).rejects.toMatchObject({ code: 'HAS_RESOURCES' });
    await expect(ledger.accounts.delete('leaving', 'cato')).rejects.toMatchObject({ code: 'HAS_RESOURCES' });
    await remove(ledger, site, 'leaving');
    await ledger.customers.delete('leaving');
    await expect(ledger.customers.get('leaving')).rejects.toThrow(NotFound);
    await addCustomer(ledger, 'leaving');
    await expect(ledger.requests.get('leaving', site)).rejects.toThrow(NotFound);
    expect((await ledger.operations.get(operation.id, undefined)).status).toBe('cancelled');
  });

  it('events are append-only', async () => {
    await expect(ledger.database.rows(`update operation_event set type = 'x'`)).rejects.toThrow(
      'append-only',
    );
    await expect(ledger.database.rows(`delete from operation_event`)).rejects.toThrow('append-only');
  });
});
