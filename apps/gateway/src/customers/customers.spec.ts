import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

const key = KEY.admin;
let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
});
afterAll(() => gateway.stop());

describe('customers', () => {
  it('are created, renamed, read, listed and deleted', async () => {
    const created = await gateway.call('PUT', '/v1/customers/acme', { key, body: { displayName: ' Acme ' } });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/v1/customers/acme');
    expect(created.body).toMatchObject({ name: 'acme', displayName: 'Acme' });
    expect(
      (await gateway.call('PUT', '/v1/customers/acme', { key, body: { displayName: 'A' } })).status,
    ).toBe(200);
    expect((await gateway.call('GET', '/v1/customers/acme')).body).toMatchObject({ displayName: 'A' });
    expect((await gateway.call('GET', '/v1/customers')).body).toMatchObject({ items: [{ name: 'acme' }] });
    const deleted = await gateway.call('DELETE', '/v1/customers/acme', { key });
    expect([deleted.status, deleted.body]).toEqual([204, '']);
    expect(problemOf(await gateway.call('DELETE', '/v1/customers/acme', { key })).status).toBe(404);
  });

  it.each<[unknown, string[]]>([
    [{}, ['displayName']],
    [{ displayName: '  ' }, ['displayName']],
    [{ displayName: 7 }, ['displayName']],
    [{ displayName: 'a\0' }, ['displayName']],
    [{ displayName: 'A', plan: 'gold' }, ['plan']],
    [[], ['']],
  ])('%j is refused', async (body, paths) => {
    const reply = await gateway.call('PUT', '/v1/customers/other', { key, body });
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.customers.customers.has('other')).toBe(false);
  });

  it('with resources stay', async () => {
    gateway.customers.failure = new Refusal('HAS_RESOURCES');
    const reply = await gateway.call('DELETE', '/v1/customers/acme', { key });
    expect(problemOf(reply)).toMatchObject({ status: 409, code: 'HAS_RESOURCES' });
  });
});
