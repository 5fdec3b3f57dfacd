import { Operation, type ErrorCode, type OperationRun } from '@app/contracts';
import { Lifecycle } from '@app/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeOperations, NOW, operationOf, Refusal } from '../testing/fakes.js';
import { type Call, catoSite, GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';
import { OperationWaiter } from './operation-waiter.js';

const id = (n: number): string => `01990000-0000-7000-8000-00000000000${n}`;
const PARIS = '/v1/customers/acme/sites/paris';

const tick = () => vi.advanceTimersByTimeAsync(200);

describe('operations over HTTP', () => {
  let gateway: GatewayFixture;
  beforeEach(async () => {
    gateway = await GatewayFixture.start();
  });
  afterEach(() => gateway.stop());

  it('are listed by every filter', async () => {
    const query =
      'customer=acme&site=paris&status=failed&action=update&vendor=cato&since=2026-11-21T06:00:00%2B01:00&limit=7';
    const reply = await gateway.call('GET', `/v1/operations?${query}`, { key: KEY.viewer });
    expect(reply.status).toBe(200);
    expect(gateway.operations.filters).toEqual([
      {
        customer: 'acme',
        site: 'paris',
        status: 'failed',
        action: 'update',
        vendor: 'cato',
        since: new Date('2026-11-21T05:00:00Z'),
      },
    ]);
  });

  it.each([
    ['status=done', 'status'],
    ['action=scan', 'action'],
    ['since=yesterday', 'since'],
    ['customer=A', 'customer'],
    ['statuss=failed', 'statuss'],
  ])('?%s is refused', async (query, path) => {
    const reply = await gateway.call('GET', `/v1/operations?${query}`);
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths: [path] });
  });

  it('of another customer are an empty list to a scoped key', async () => {
    gateway.operations.add(operationOf({ customer: 'globex' }));
    const reply = await gateway.call('GET', '/v1/operations?customer=globex', { key: KEY.acmeViewer });
    expect(reply.body).toEqual({ items: [], nextCursor: null });
    await gateway.call('GET', '/v1/operations', { key: KEY.acmeViewer });
    expect(gateway.operations.filters).toMatchObject([{ customer: 'acme' }]);
  });

  it.each([
    ['not-an-id', 422],
    [id(9), 404],
  ])('%s is a %i', async (text, status) => {
    expect(problemOf(await gateway.call('GET', `/v1/operations/${text}`)).status).toBe(status);
  });

  it('that end in time answer the request that started them', async () => {
    gateway.operations.add(operationOf({ status: 'succeeded', phase: 'done' }));
    const reply = await gateway.call('PUT', PARIS, { body: catoSite(), headers: { prefer: 'wait=30' } });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ status: 'succeeded' });
    expect(reply.headers.get('preference-applied')).toBe('wait=30');
    expect(reply.headers.get('location')).toBe(`/v1/operations/${id(1)}`);
  });

  it('that do not are a 202 with how far they came', async () => {
    gateway.operations.add(operationOf({ status: 'in_progress', phase: 'applying' }));
    const reply = await gateway.call('PUT', PARIS, { body: catoSite(), headers: { prefer: 'wait=1' } });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ phase: 'applying' });
  });

  it('a client that goes away is waited for no longer', async () => {
    gateway.operations.add(operationOf({ status: 'in_progress' }));
    const gone = new AbortController();
    const call = gateway.call('PUT', PARIS, {
      body: catoSite(),
      headers: { prefer: 'wait=60' },
      signal: gone.signal,
    });
    await vi.waitFor(() => expect(gateway.operations.looks).toBeGreaterThan(0));
    gone.abort();
    await expect(call).rejects.toThrow('aborted');
    const waiter = gateway.app.get(OperationWaiter);
    await vi.waitFor(() => expect(waiter.waiting).toBe(0));
  });
});

describe('operations that ended without success', () => {
  let gateway: GatewayFixture;
  beforeEach(async () => {
    gateway = await GatewayFixture.start();
    gateway.operations.add(operationOf({ status: 'failed', phase: 'done', attempt: 7 }));
  });
  afterEach(() => gateway.stop());

  const retry = (text = `${id(1)}:retry`, call: Call = {}) =>
    gateway.call('POST', `/v1/operations/${text}`, call);

  it('run again when they are retried', async () => {
    const reply = await retry();
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/v1/operations/${id(1)}`);
    expect(Operation.parse(reply.body)).toMatchObject({ id: id(1), status: 'pending', attempt: 7 });
    const requester = { apiKeyId: gateway.keys.callers.get(KEY.operator)?.id, name: 'operator' };
    expect(gateway.operations.retries).toEqual([{ id: id(1), requester }]);
  });

  it('are waited for when the client prefers that', async () => {
    const reply = retry(undefined, { headers: { prefer: 'wait=30' } });
    await vi.waitFor(() => expect(gateway.operations.retries).toHaveLength(1));
    gateway.operations.add(operationOf({ status: 'succeeded', phase: 'done' }));
    expect(await reply).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect((await reply).headers.get('preference-applied')).toBe('wait=30');
  });

  it.each<[string, Partial<Operation>, ErrorCode]>([
    ['that succeeded', { status: 'succeeded' }, 'INVALID_TRANSITION'],
    ['that is under way', { status: 'in_progress' }, 'INVALID_TRANSITION'],
    ['that a later request replaced', { status: 'cancelled', supersededBy: id(2) }, 'SUPERSEDED'],
  ])('one %s stays as it is: 409', async (_name, changes, code) => {
    gateway.operations.add(operationOf(changes));
    expect(problemOf(await retry())).toMatchObject({ status: 409, code });
    expect(gateway.operations.retries).toEqual([]);
  });

  it('tell their runs', async () => {
    const run: OperationRun = {
      workerId: 'tf-executor-1',
      startedAt: NOW,
      endedAt: NOW,
      attempt: 1,
      outcome: 'deferred',
      error: { code: 'VENDOR_UNAVAILABLE', message: 'the vendor answered 503', retryable: true },
    };
    gateway.operations.runsOf.set(id(1), [run]);
    const reply = await gateway.call('GET', `/v1/operations/${id(1)}/runs`, { key: KEY.acmeViewer });
    expect(reply).toMatchObject({ status: 200, body: { items: [run] } });
  });

  it('are unknown to another customer', async () => {
    gateway.operations.add(operationOf({ customer: 'globex', status: 'failed' }));
    const key = KEY.acmeAdmin;
    expect(problemOf(await retry(undefined, { key })).code).toBe('NOT_FOUND');
    const runs = await gateway.call('GET', `/v1/operations/${id(1)}/runs`, { key });
    expect(problemOf(runs).code).toBe('NOT_FOUND');
    expect(gateway.operations.retries).toEqual([]);
  });

  it.each([
    ['1:retry', 422, 'VALIDATION_FAILED'],
    [`${id(9)}:retry`, 404, 'NOT_FOUND'],
    [`${id(1)}:retri`, 404, 'NOT_FOUND'],
    [`${id(1)}/retry`, 404, 'NOT_FOUND'],
    [id(1), 405, 'METHOD_NOT_ALLOWED'],
  ])('POST %s is a %i', async (text, status, code) => {
    expect(problemOf(await retry(text))).toMatchObject({ status, code });
    expect(gateway.operations.retries).toEqual([]);
  });
});

describe('waiting for operations', () => {
  let operations: FakeOperations;
  let lifecycle: Lifecycle;
  let waiter: OperationWaiter;
  const never = new AbortController().signal;
  const running = operationOf({ status: 'in_progress' });

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    operations = new FakeOperations();
    lifecycle = new Lifecycle();
    waiter = new OperationWaiter(operations, lifecycle);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('a thousand waiters cost one look per tick', async () => {
    operations.add(running);
    const waits = Array.from({ length: 1_000 }, () => waiter.wait(running, 60_000, never));
    await tick();
    await tick();
    expect(operations.looks).toBe(2);
    operations.add(operationOf({ status: 'failed' }));
    await tick();
    expect((await Promise.all(waits)).every(({ status }) => status === 'failed')).toBe(true);
    await tick();
    expect(operations.looks).toBe(3);
    expect(waiter.waiting).toBe(0);
  });

  it('follows what superseded it, link by link', async () => {
    operations.add(
      operationOf({ status: 'cancelled', supersededBy: id(2) }),
      operationOf({ id: id(2), status: 'cancelled', supersededBy: id(3) }),
      operationOf({ id: id(3), status: 'succeeded' }),
    );
    const wait = waiter.wait(running, 60_000, never);
    await tick();
    expect(await wait).toMatchObject({ id: id(3), status: 'succeeded' });
  });

  it.each([
    ['awaits approval', operationOf({ status: 'awaiting_approval' })],
    ['is final', operationOf({ status: 'timed_out' })],
  ])('does not wait for one that %s', async (_name, operation) => {
    expect(await waiter.wait(operation, 60_000, never)).toBe(operation);
    expect(operations.looks).toBe(0);
  });

  it('outlives a database that is away', async () => {
    operations.failure = new Refusal('DATABASE_UNAVAILABLE');
    const wait = waiter.wait(running, 60_000, never);
    await tick();
    operations.failure = undefined;
    operations.add(operationOf({ status: 'succeeded' }));
    await tick();
    expect(await wait).toMatchObject({ status: 'succeeded' });
  });

  it('ends with what it saw last when the process stops', async () => {
    operations.add(operationOf({ status: 'in_progress', phase: 'saving' }));
    const wait = waiter.wait(running, 60_000, never);
    await tick();
    lifecycle.beginDrain();
    expect(await wait).toMatchObject({ phase: 'saving' });
  });
});
