import { Device, Operation, OperationEvent, VendorStatus } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { siteBody } from '../e2e/e2e-fixture.js';
import { openGateway, type GatewayWorld } from './gateway-world.js';

const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

const ACME = '/v1/customers/acme';
const nameOf = (index: number): string => `device-${String(index).padStart(4, '0')}`;
const device = (index: number) => ({
  name: nameOf(index),
  ip: `10.20.${Math.floor(index / 250)}.${(index % 250) + 1}`,
  description: `device number ${index}`,
});
const devices = (count: number) => Array.from({ length: count }, (_, index) => device(index));
const specOf = ({ name: _name, ...spec }: ReturnType<typeof device>) => spec;

describe('devices through the gateway', () => {
  let gateway: GatewayWorld;
  let site: string;
  let number = 0;
  const at = (path = ''): string => `${ACME}/sites/${site}${path}`;

  const accepted = async (method: string, path: string, body?: unknown): Promise<Operation> => {
    const reply = await gateway.call(method, path, { body });
    if (reply.status !== 202) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return Operation.parse(reply.body);
  };
  const putSite = (): Promise<Operation> => accepted('PUT', at(), siteBody());
  const readySite = async (): Promise<void> => gateway.settleSite((await putSite()).id);
  const batch = (body: unknown): Promise<Operation> => accepted('POST', at('/devices:batch'), body);

  const putDevice = (index: number): Promise<Operation> =>
    accepted('PUT', at(`/devices/${nameOf(index)}`), specOf(device(index)));

  beforeAll(async () => {
    gateway = await openGateway();
    await gateway.call('PUT', ACME, { body: { displayName: 'Acme' } });
    const account = { accountId: '4711', credentials: { token: 'canary-token' } };
    await gateway.call('PUT', `${ACME}/vendor-accounts/cato`, { body: account });
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    number += 1;
    site = `site-${number}`;
  });

  it('a batch of a thousand is accepted at once, listed page by page, and is not wanted twice', async () => {
    await readySite();
    const startedAt = performance.now();
    const { id } = await batch({ put: devices(1_000) });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await gateway.operation(id)).results).toHaveLength(1_000);

    const names: string[] = [];
    let cursor = '';
    do {
      const page = await gateway.read(pageOf(Device), at(`/devices?limit=300${cursor}`));
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(names).toEqual(devices(1_000).map(({ name }) => name));

    const claim = await gateway.claimDevices(id);
    expect(claim.devices).toHaveLength(1_000);
    await gateway.settleDevices(claim);
    const again = await gateway.operation((await batch({ put: devices(1_000) })).id);
    expect(again).toMatchObject({ status: 'succeeded', progress: { total: 1_000, succeeded: 1_000 } });

    const one = await gateway.call('PUT', at(`/devices/${nameOf(7)}`), { body: specOf(device(7)) });
    expect(one).toMatchObject({ status: 200, body: { name: nameOf(7), changed: false, phase: 'ready' } });
    expect(one.headers.get('etag')).toBe('"1"');
  });

  it('of a hundred the three that fail are told, and only they are done again', async () => {
    await readySite();
    const { id } = await batch({ put: devices(100) });
    const refused = [3, 50, 99].map(nameOf);
    await gateway.settleDevices(await gateway.claimDevices(id), refused);
    const failed = await gateway.operation(id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'PARTIAL_FAILURE', retryable: true },
      progress: { total: 100, succeeded: 97, failed: 3 },
    });
    const faulty = failed.results?.filter(({ status }) => status === 'failed');
    expect(faulty?.map(({ name }) => name)).toEqual(refused);
    expect(faulty?.[0]?.error).toMatchObject({ code: 'VENDOR_REJECTED' });
    expect((await gateway.call('POST', `/v1/operations/${id}:retry`)).status).toBe(202);
    const claim = await gateway.claimDevices(id);
    expect(claim.devices.map(({ name }) => name)).toEqual(refused);
    await gateway.settleDevices(claim);
    expect(await gateway.operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('the same request under a key is the same operation, whatever has become of it and of the site', async () => {
    await readySite();
    const headers = { 'idempotency-key': `batch-${site}` };
    const post = (body: unknown) => gateway.call('POST', at('/devices:batch'), { body, headers });
    const first = await post({ put: devices(3) });
    expect(first.status).toBe(202);
    const { id } = Operation.parse(first.body);
    await gateway.settleDevices(await gateway.claimDevices(id));
    const again = await post({ delete: [], put: devices(3) });
    expect(again.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await post({ put: devices(3) })).toMatchObject({ status: 202, body: { id, status: 'succeeded' } });
    expect(await post({ put: [{ name: 'A' }] })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    await gateway.settleSite((await accepted('DELETE', at())).id);
    expect(await post({ put: devices(3) })).toMatchObject({ status: 202, body: { id } });
    const fresh = await gateway.call('POST', at('/devices:batch'), { body: { put: devices(3) } });
    expect(fresh).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('conditions hold for one device', async () => {
    await readySite();
    const put = (headers: Record<string, string>, body: unknown = specOf(device(1))) =>
      gateway.call('PUT', at(`/devices/${nameOf(1)}`), { body, headers });
    expect((await put({ 'if-match': '"1"' })).status).toBe(412);
    expect((await put({ 'if-none-match': '*' })).status).toBe(202);
    expect((await put({ 'if-none-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': '"2"' }, {})).status).toBe(412);
    expect((await put({ 'if-match': '"1"' }, {})).status).toBe(422);
    expect((await put({ 'if-match': '"1"' }, specOf(device(2)))).status).toBe(202);
    expect((await gateway.call('GET', at(`/devices/${nameOf(1)}`))).headers.get('etag')).toBe('"2"');
  });

  it('a faulty batch leaves nothing behind', async () => {
    await readySite();
    const put = [...devices(5), { ...device(6), ip: 'nowhere' }];
    const reply = await gateway.call('POST', at('/devices:batch'), { body: { put } });
    expect(reply.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'put.5.ip' }] });
    expect(await gateway.call('GET', at('/devices'))).toMatchObject({ body: { items: [] } });
  });

  it('devices wait for their site, and say so', async () => {
    const { id: siteId } = await putSite();
    const { id } = await batch({ put: devices(3) });
    expect(await gateway.operation(id)).toMatchObject({ status: 'pending', queue: { waitingFor: 'site' } });
    await gateway.settleSite(siteId);
    await gateway.settleDevices(await gateway.claimDevices(id));
    expect(await gateway.operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('the deletion of a site withdraws what waits for its devices', async () => {
    const { id: siteId } = await putSite();
    const first = await batch({ put: devices(3) });
    await gateway.settleSite(siteId);
    await gateway.settleDevices(await gateway.claimDevices(first.id));
    const waiting = await batch({ put: devices(5).slice(3), delete: [nameOf(0)] });
    const deletion = await accepted('DELETE', at());
    expect(await gateway.operation(waiting.id)).toMatchObject({
      status: 'cancelled',
      error: { code: 'SUPERSEDED' },
      supersededBy: deletion.id,
    });
    const late = await gateway.call('PUT', at(`/devices/${nameOf(1)}`), { body: specOf(device(1)) });
    expect(late).toMatchObject({ status: 409, body: { code: 'SITE_DELETING', operationId: deletion.id } });
    await gateway.settleSite(deletion.id);
    expect((await gateway.call('GET', at('/devices'))).status).toBe(404);
  });

  it('pending operations tell their place, and how long it takes once somebody works', async () => {
    await readySite();
    const operations = [await putDevice(0), await putDevice(1), await putDevice(2)];
    const places = await Promise.all(operations.map(({ id }) => gateway.operation(id)));
    const positions = places.map(({ queue }) => queue?.position ?? -1);
    expect(positions).toEqual([positions[0], (positions[0] ?? 0) + 1, (positions[0] ?? 0) + 2]);
    const [first] = operations;
    if (first === undefined) throw new Error('there is no operation');
    // One round takes all three devices: the lane is theirs together.
    await gateway.settleDevices(await gateway.claimDevices(first.id));
    const next = await gateway.operation((await putDevice(3)).id);
    expect(next.queue).toMatchObject({ etaSeconds: expect.any(Number) });
  });

  it('events are listed and streamed, from where the client left off, until the end', async () => {
    await readySite();
    const { id } = await batch({ put: devices(20) });
    const claim = await gateway.claimDevices(id, 10);
    const listed = await gateway.read(pageOf(OperationEvent), `/v1/operations/${id}/events?limit=2`);
    expect(listed.items.map(({ type }) => type)).toEqual(['submitted', 'released']);
    const { nextCursor } = listed;
    const rest = await gateway.read(
      pageOf(OperationEvent),
      `/v1/operations/${id}/events?cursor=${nextCursor}`,
    );
    expect(rest.items.map(({ type }) => type)).toEqual(['claimed', 'applying']);
    const last = listed.items.at(-1)?.id ?? '';
    const stream = await gateway.send('GET', `/v1/operations/${id}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': last },
    });
    const received = stream.text();
    const next = await gateway.settleDevices(claim, [nameOf(0)], 10);
    if (next === undefined) throw new Error('there is no second round');
    await gateway.rounds.roundStarted(next);
    await gateway.settleDevices(next);
    const text = await received;
    expect([...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type)).toEqual([
      'claimed',
      'applying',
      'progress',
      'claimed',
      'applying',
      'failed',
    ]);
    expect(text).toContain('"data":{"total":20,"failed":1,"succeeded":9}');
    expect(text).toContain('"code":"PARTIAL_FAILURE"');
    expect(text).not.toContain('fencingToken');
  });

  it('the vendors show the work that waits, and no secrets', async () => {
    await readySite();
    await batch({ put: devices(2) });
    const { items } = await gateway.read(pageOf(VendorStatus), '/v1/vendors?vendor=cato');
    const [cato] = items;
    const bulk = cato?.lanes.find(({ lane }) => lane === 'bulk');
    expect(bulk?.released).toBeGreaterThan(0);
    expect(cato?.accounts).toMatchObject([{ customer: 'acme', accountId: '4711', breaker: 'closed' }]);
    expect(cato?.accounts[0]?.lanes).toContainEqual(bulk);
    expect(cato?.accounts[0]?.budget.every(({ used, left, limit }) => used + left === limit)).toBe(true);
    expect(cato?.accounts[0]?.budget.length).toBeGreaterThan(0);
    const whole = await gateway.call('GET', '/v1/vendors');
    expect(JSON.stringify(whole.body)).not.toContain('canary-token');
    const made = await gateway.call('POST', '/v1/api-keys', {
      body: { name: 'acme-admin', role: 'admin', customer: 'acme' },
    });
    const { key } = z.object({ key: z.string() }).parse(made.body);
    const mine = await gateway.read(pageOf(VendorStatus), '/v1/vendors', { key });
    expect(mine.items.every((vendor) => vendor.workers === undefined)).toBe(true);
  });
});
