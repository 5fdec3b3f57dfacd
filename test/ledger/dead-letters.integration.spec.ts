import { createHash, randomUUID } from 'node:crypto';
import { IllegalTransition, NotFound, NotReplayable, Superseded, type SiteClaim } from '@app/ledger';
import type { DeadLetterReason } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addCustomer,
  claim,
  fail,
  openLedger,
  remove,
  submit,
  succeed,
  wakeOf,
  worker,
  type TestLedger,
} from './ledger-fixture.js';

const away = { code: 'VENDOR_UNAVAILABLE', message: 'the vendor is away', retryable: true } as const;
const noChanges = { add: 0, change: 0, remove: 0, replace: 0 };
const hashOf = (text: string) => createHash('sha256').update(text).digest();

describe('dead letters in the ledger', () => {
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
  const requester = () => ({ apiKeyId: ledger.apiKeyId, name: 'tester' });
  const operation = (id: string) => ledger.operations.get(id, undefined);
  const unreadable = async () =>
    (await ledger.deadLetters.list({ reason: 'unreadable' }, { limit: 500 }, undefined)).items;

  const giveUp = (claimed: SiteClaim, deadLetter: DeadLetterReason = 'transient') =>
    ledger.work.settle(claimed, {
      status: 'failed',
      error: away,
      changes: noChanges,
      timings: {},
      attempt: claimed.attempt + 1,
      deadLetter,
    });

  /** A site whose creation was given up. */
  async function deadSite(customer = 'acme') {
    const { id } = await submit(ledger, { site, customer });
    const claimed = await claim(ledger, id);
    await ledger.work.applyStarted(claimed);
    await giveUp(claimed);
    return { operationId: id, letter: await letterOf(id) };
  }

  async function letterOf(operationId: string) {
    const { items } = await ledger.deadLetters.list({}, { limit: 500 }, undefined);
    const letter = items.find((item) => item.operationId === operationId);
    if (letter === undefined) throw new Error(`${operationId} has no dead letter`);
    return letter;
  }

  it('what is given up fails with an open dead letter that tells what happened', async () => {
    const { operationId, letter } = await deadSite();
    expect(await operation(operationId)).toMatchObject({ status: 'failed', attempt: 1, error: away });
    expect(letter).toMatchObject({
      status: 'open',
      reason: 'transient',
      error: away,
      queue: 'sitewright.cato.site',
      vendor: 'cato',
      lane: 'site',
      customer: 'acme',
      site,
      attempts: 1,
      seenCount: 1,
      closedAt: null,
    });
  });

  it("the vendor's no is no dead letter", async () => {
    const { id } = await submit(ledger, { site });
    await fail(ledger, await claim(ledger, id));
    await expect(letterOf(id)).rejects.toThrow(/no dead letter/);
  });

  it('a replay runs the operation again, with its key, its history and a new ladder', async () => {
    const { operationId, letter } = await deadSite();
    const before = await wakeOf(ledger, operationId);
    const replayed = await ledger.deadLetters.replay(letter.id, requester(), undefined);
    expect(replayed).toMatchObject({ status: 'replayed', closedBy: 'tester' });
    expect(await operation(operationId)).toMatchObject({ status: 'pending', phase: 'queued' });
    expect(await ledger.requests.get('acme', site)).toMatchObject({ phase: 'creating' });
    expect((await wakeOf(ledger, operationId)).releaseNo).toBe(before.releaseNo + 1);

    const again = await claim(ledger, operationId);
    expect(again).toMatchObject({ attempt: 1, ladderStart: 1, isUnreconciled: true });
    await succeed(ledger, again);
    const runs = await ledger.operations.runs(operationId, undefined);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    expect(runs[0]?.error).toMatchObject({ code: 'VENDOR_UNAVAILABLE' });
  });

  it('ten replays at once are one', async () => {
    const { operationId, letter } = await deadSite();
    const { releaseNo } = await wakeOf(ledger, operationId);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ledger.deadLetters.replay(letter.id, requester(), undefined)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['replayed']));
    expect((await wakeOf(ledger, operationId)).releaseNo).toBe(releaseNo + 1);
  });

  it('given up again, it is another dead letter that remembers the first', async () => {
    const { operationId, letter } = await deadSite();
    await ledger.deadLetters.replay(letter.id, requester(), undefined);
    await giveUp(await claim(ledger, operationId), 'rate_limited');
    const second = await letterOf(operationId);
    expect(second).toMatchObject({
      status: 'open',
      reason: 'rate_limited',
      seenCount: 2,
      attempts: 2,
      firstSeenAt: letter.firstSeenAt,
    });
    expect(second.id).not.toBe(letter.id);
  });

  it('a delivery whose worker died before it could dead-letter it is told apart', async () => {
    const { operationId, letter } = await deadSite();
    const wake = await wakeOf(ledger, operationId);
    expect(await ledger.work.claim(wake, worker())).toBe('dead_lettered');
    await ledger.deadLetters.discard(letter.id, 'not needed', requester(), undefined);
    expect(await ledger.work.claim(wake, worker())).toBe('not_pending');
  });

  it('a message moved back from the dead-letter queue replays its operation once', async () => {
    const { operationId, letter } = await deadSite();
    const moved = { ...(await wakeOf(ledger, operationId)), lane: 'site' as const };
    const outcomes = await Promise.all([1, 2, 3].map(() => ledger.deliveries.replayDelivered(moved)));
    expect(outcomes.toSorted((a, b) => a.localeCompare(b))).toEqual(['nothing', 'nothing', 'replayed']);
    expect(await ledger.deadLetters.get(letter.id, undefined)).toMatchObject({
      status: 'replayed',
      closedBy: 'broker',
    });
    expect((await claim(ledger, operationId)).idempotencyKey).toBe(operationId);
    const { items } = await ledger.audit.list({ actor: 'broker' }, { limit: 500 });
    expect(items.map(({ target }) => target.id)).toContain(letter.id);
  });

  it('the message of an earlier death is inert', async () => {
    const { operationId, letter } = await deadSite();
    const old = { ...(await wakeOf(ledger, operationId)), lane: 'site' as const };
    await ledger.deadLetters.replay(letter.id, requester(), undefined);
    await giveUp(await claim(ledger, operationId));
    expect(await ledger.deliveries.replayDelivered(old)).toBe('nothing');
    expect(await ledger.work.claim(old, worker())).toBe('stale_release');
    expect(await letterOf(operationId)).toMatchObject({ status: 'open' });
  });

  it('a later request closes it, and nothing brings it back', async () => {
    const { operationId, letter } = await deadSite();
    const moved = { ...(await wakeOf(ledger, operationId)), lane: 'site' as const };
    const later = await submit(ledger, { site, range: '10.7.0.0/24' });
    expect(await ledger.deadLetters.replay(letter.id, requester(), undefined)).toMatchObject({
      status: 'superseded',
    });
    expect(await ledger.deliveries.replayDelivered(moved)).toBe('nothing');
    await expect(ledger.commands.retry(operationId, requester(), undefined)).rejects.toThrow(Superseded);
    expect(await operation(operationId)).toMatchObject({ status: 'failed' });
    await succeed(ledger, await claim(ledger, later.id));
  });

  it('what a later request has overtaken already is closed from the start, for its message comes to the queue too', async () => {
    const { id } = await submit(ledger, { site });
    const claimed = await claim(ledger, id);
    await submit(ledger, { site, range: '10.8.0.0/24' });
    await giveUp(claimed);
    expect(await letterOf(id)).toMatchObject({ status: 'superseded', closedBy: 'tester', seenCount: 1 });
  });

  it('a discarded one stays as it ended, with the reason', async () => {
    const { operationId, letter } = await deadSite();
    await ledger.deadLetters.discard(letter.id, 'the customer has left', requester(), undefined);
    await ledger.deadLetters.discard(letter.id, 'again', requester(), undefined);
    expect(await ledger.deadLetters.get(letter.id, undefined)).toMatchObject({
      status: 'discarded',
      closedBy: 'tester',
      closedReason: 'the customer has left',
    });
    await expect(ledger.deadLetters.replay(letter.id, requester(), undefined)).rejects.toThrow(NotReplayable);
    expect(await operation(operationId)).toMatchObject({ status: 'failed' });
    const { items } = await ledger.audit.list({ action: 'dead_letter.discarded' }, { limit: 500 });
    expect(items.filter(({ target }) => target.id === letter.id)).toMatchObject([
      { actor: 'tester', customer: 'acme', details: { reason: 'the customer has left' } },
    ]);
  });

  it("another customer's is not there", async () => {
    const { letter } = await deadSite();
    await expect(ledger.deadLetters.get(letter.id, 'globex')).rejects.toThrow(NotFound);
    await expect(ledger.deadLetters.replay(letter.id, requester(), 'globex')).rejects.toThrow(NotFound);
    await expect(ledger.deadLetters.discard(letter.id, 'no', requester(), 'globex')).rejects.toThrow(
      NotFound,
    );
    expect((await ledger.deadLetters.list({}, { limit: 500 }, 'globex')).items).toEqual([]);
  });

  describe('many at once', () => {
    it('are counted on a dry run, and released at the rate that was asked for', async () => {
      await addCustomer(ledger, 'globex');
      for (const name of ['a', 'b', 'c']) {
        site = name;
        await deadSite('globex');
      }
      await submit(ledger, { customer: 'globex', site: 'c', range: '10.6.0.0/24' });
      site = 'd';
      await deadSite('globex');
      const filter = { customer: 'globex' };
      const dry = await ledger.deadLetters.replayAll({ filter, dryRun: true }, requester(), undefined);
      expect(dry).toMatchObject({ dryRun: true, matched: 3, replayed: 3, superseded: 0, notReplayable: 0 });
      expect(
        (await ledger.deadLetters.list({ ...filter, status: 'open' }, { limit: 9 }, undefined)).items,
      ).toHaveLength(3);

      const startedAt = Date.now();
      const report = await ledger.deadLetters.replayAll(
        { filter, ratePerMinute: 2, dryRun: false },
        requester(),
        undefined,
      );
      expect(report).toMatchObject({ matched: 3, replayed: 3 });
      const lastMs = Date.parse(report.lastReleaseAt ?? '') - startedAt;
      expect(lastMs).toBeGreaterThanOrEqual(60_000);
      const rows = await ledger.database.rows<{ isReleased: boolean; waitingFor: string | null }>(
        `select released_at is not null as "isReleased", waiting_for as "waitingFor" from operation o
         join customer c on c.id = o.customer_id where c.name = 'globex' and o.status = 'pending'
           and ladder_start > 0 order by release_at`,
      );
      expect(rows).toEqual([
        { isReleased: true, waitingFor: null },
        { isReleased: false, waitingFor: 'replay' },
        { isReleased: false, waitingFor: 'replay' },
      ]);
    });

    it('a filter that fits nothing does nothing', async () => {
      const filter = { customer: 'acme', vendor: 'nobody' };
      expect(await ledger.deadLetters.replayAll({ filter, dryRun: false }, requester(), undefined)).toEqual({
        dryRun: false,
        matched: 0,
        replayed: 0,
        superseded: 0,
        notReplayable: 0,
        lastReleaseAt: null,
      });
    });
  });

  describe('messages that no run has spoken for', () => {
    const queue = 'sitewright.cato.site';
    const refused = { code: 'MESSAGE_REJECTED', message: 'not JSON', retryable: false } as const;
    const stranger = (text: string) => ({
      queue,
      operationId: undefined,
      releaseNo: { nested: ['x'] },
      error: refused,
      contentHash: hashOf(text),
    });
    const parked = (text: string, over: object = {}) => ({
      queue,
      operationId: undefined,
      releaseNo: undefined,
      contentHash: hashOf(text),
      death: 'rejected',
      ...over,
    });

    it('the same bytes are one dead letter, however often they come', async () => {
      await ledger.deliveries.recordRejected(stranger('x'));
      await ledger.deliveries.recordRejected(stranger('x'));
      const [letter, ...others] = await unreadable();
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        status: 'open',
        seenCount: 2,
        error: refused,
        vendor: 'cato',
        lane: 'site',
      });
      expect(letter).not.toHaveProperty('operationId');
      await expect(ledger.deadLetters.replay(letter?.id ?? '', requester(), undefined)).rejects.toThrow(
        NotReplayable,
      );
      expect((await ledger.deadLetters.list({}, { limit: 500 }, 'acme')).items).not.toContainEqual(letter);
    });

    it('an operation whose message cannot be handled fails, and can be replayed', async () => {
      const { id } = await submit(ledger, { site });
      const { releaseNo } = await wakeOf(ledger, id);
      const rejected = { queue, operationId: id, releaseNo, error: refused, contentHash: hashOf(id) };
      await ledger.deliveries.recordRejected(rejected);
      await ledger.deliveries.recordRejected(rejected);
      expect(await operation(id)).toMatchObject({ status: 'failed', error: refused });
      expect(await ledger.requests.get('acme', site)).toMatchObject({ phase: 'failed' });
      await ledger.deadLetters.replay((await letterOf(id)).id, requester(), undefined);
      await succeed(ledger, await claim(ledger, id));
    });

    it('a copy of an older release that broke is nobody’s dead letter', async () => {
      const { operationId, letter } = await deadSite();
      const { releaseNo } = await wakeOf(ledger, operationId);
      await ledger.deadLetters.replay(letter.id, requester(), undefined);
      const before = (await unreadable()).length;
      const error = { code: 'INTERNAL', message: 'an unexpected error occurred', retryable: false } as const;
      await ledger.deliveries.recordRejected({
        queue,
        operationId,
        releaseNo,
        error,
        contentHash: hashOf('old'),
      });
      expect(await unreadable()).toHaveLength(before);
      await succeed(ledger, await claim(ledger, operationId));
    });

    it('a run that is going on is not ended by a copy of its message that broke', async () => {
      const { id } = await submit(ledger, { site });
      const { releaseNo } = await wakeOf(ledger, id);
      const claimed = await claim(ledger, id);
      const error = { code: 'INTERNAL', message: 'an unexpected error occurred', retryable: false } as const;
      await ledger.deliveries.recordRejected({
        queue,
        operationId: id,
        releaseNo,
        error,
        contentHash: hashOf(id),
      });
      expect(await operation(id)).toMatchObject({ status: 'in_progress' });
      await succeed(ledger, claimed);
    });

    it('of what lies in a dead-letter queue only what is open is kept', async () => {
      const { operationId, letter } = await deadSite();
      const { releaseNo } = await wakeOf(ledger, operationId);
      const ours = parked('ours', { operationId, releaseNo });
      const earlier = { ...ours, releaseNo: releaseNo - 1 };
      const forgotten = parked('never recorded');
      const known = parked('known');
      await ledger.deliveries.recordRejected({
        ...stranger('known'),
        operationId: { $ne: 1 },
        releaseNo: 'x',
      });
      const nobodys = parked('nobody’s', { operationId: randomUUID(), releaseNo: 1 });
      expect(await ledger.deliveries.verdictsOn([ours, earlier, forgotten, known, nobodys])).toEqual([
        'keep',
        'remove',
        'keep',
        'keep',
        'keep',
      ]);
      await ledger.deadLetters.replay(letter.id, requester(), undefined);
      for (const { id, operationId: owner } of await unreadable()) {
        if (owner === undefined) await ledger.deadLetters.discard(id, 'not ours', requester(), undefined);
      }
      expect(await ledger.deliveries.verdictsOn([ours, forgotten, known, nobodys])).toEqual([
        'remove',
        'remove',
        'remove',
        'remove',
      ]);
      expect(await ledger.deliveries.verdictsOn([])).toEqual([]);
    });

    it('a message that the broker gave up is kept while its operation waits for it', async () => {
      const { id } = await submit(ledger, { site });
      const { releaseNo } = await wakeOf(ledger, id);
      const waiting = parked('given up', { operationId: id, releaseNo, death: 'delivery_limit' });
      expect(await ledger.deliveries.verdictsOn([waiting])).toEqual(['keep']);
      await succeed(ledger, await claim(ledger, id));
      expect(await ledger.deliveries.verdictsOn([waiting])).toEqual(['remove']);
    });
  });

  describe('a retry', () => {
    it('runs what has failed again, whatever the reason', async () => {
      const { id } = await submit(ledger, { site });
      await fail(ledger, await claim(ledger, id));
      expect(await ledger.commands.retry(id, requester(), undefined)).toMatchObject({ status: 'pending' });
      await succeed(ledger, await claim(ledger, id));
      expect(await operation(id)).toMatchObject({ status: 'succeeded' });
      const { items } = await ledger.audit.list({ action: 'operation.retried' }, { limit: 500 });
      expect(items.map(({ target }) => target.id)).toContain(id);
    });

    it('closes the dead letter', async () => {
      const { operationId, letter } = await deadSite();
      await ledger.commands.retry(operationId, requester(), undefined);
      expect(await ledger.deadLetters.get(letter.id, undefined)).toMatchObject({ status: 'replayed' });
    });

    it('of what runs, waits or has succeeded is refused', async () => {
      const { id } = await submit(ledger, { site });
      await expect(ledger.commands.retry(id, requester(), undefined)).rejects.toThrow(IllegalTransition);
      const claimed = await claim(ledger, id);
      await expect(ledger.commands.retry(id, requester(), undefined)).rejects.toThrow(IllegalTransition);
      await succeed(ledger, claimed);
      await expect(ledger.commands.retry(id, requester(), undefined)).rejects.toThrow(IllegalTransition);
      await expect(ledger.commands.retry(randomUUID(), requester(), undefined)).rejects.toThrow(NotFound);
      await expect(ledger.commands.retry(id, requester(), 'globex')).rejects.toThrow(NotFound);
    });

    it('of the deletion of a site that is gone is refused', async () => {
      const first = await submit(ledger, { site });
      const claimed = await claim(ledger, first.id);
      await ledger.work.applyStarted(claimed);
      await succeed(ledger, claimed);
      const failing = await remove(ledger, site);
      await fail(ledger, await claim(ledger, failing.id));
      expect(await ledger.requests.get('acme', site)).toMatchObject({ phase: 'delete_failed' });
      const deletion = await remove(ledger, site);
      await succeed(ledger, await claim(ledger, deletion.id));
      await expect(ledger.commands.retry(failing.id, requester(), undefined)).rejects.toThrow(Superseded);
    });
  });
});
