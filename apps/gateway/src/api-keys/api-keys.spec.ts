import { ApiKey, pageOf } from '@app/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

const key = KEY.admin;
let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
});
afterAll(() => gateway.stop());

const KeyPage = pageOf(ApiKey, 'ApiKeyPage');
const list = async (query: string, as: string = key) =>
  KeyPage.parse((await gateway.call('GET', `/v1/api-keys${query}`, { key: as })).body);

describe('API keys', () => {
  it('are shown once, when they are made', async () => {
    const body = { name: 'robot', role: 'operator', customer: 'acme' };
    const reply = await gateway.call('POST', '/v1/api-keys', { key, body });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ ...body, key: 'sw_secret' });
    expect(JSON.stringify(await list(''))).not.toContain('key-of-');
  });

  it.each<[unknown, string[]]>([
    [{}, ['name', 'role']],
    [{ name: 'A B', role: 'viewer' }, ['name']],
    [{ name: 'a', role: 'root' }, ['role']],
    [{ name: 'a', role: 'viewer', customer: 'A' }, ['customer']],
    [{ name: 'a', role: 'viewer', key: 'mine' }, ['key']],
  ])('%j is refused', async (body, paths) => {
    const made = gateway.keys.created.length;
    const reply = await gateway.call('POST', '/v1/api-keys', { key, body });
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.keys.created).toHaveLength(made);
  });

  it('are listed in pages, and only those of its customer to a scoped key', async () => {
    const { items: all } = await list('');
    expect(all).toHaveLength(6);
    const first = await list('?limit=4');
    const second = await list(`?limit=4&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items]).toEqual(all);
    expect(second.nextCursor).toBeNull();
    expect((await list('', KEY.acmeAdmin)).items.map(({ name }) => name)).toEqual([
      'acme-viewer',
      'acme-operator',
      'acme-admin',
    ]);
  });

  it('are refused at once where they were revoked', async () => {
    const viewer = (await list('')).items.find(({ name }) => name === 'viewer');
    expect((await gateway.call('GET', '/v1/customers', { key: KEY.viewer })).status).toBe(200);
    expect((await gateway.call('DELETE', `/v1/api-keys/${viewer?.id}`, { key: KEY.acmeAdmin })).status).toBe(
      404,
    );
    expect((await gateway.call('DELETE', `/v1/api-keys/${viewer?.id}`, { key })).status).toBe(204);
    expect((await gateway.call('GET', '/v1/customers', { key: KEY.viewer })).status).toBe(401);
  });

  it('an id that is none is refused by its name', async () => {
    expect(problemOf(await gateway.call('DELETE', '/v1/api-keys/1', { key }))).toMatchObject({
      status: 422,
      paths: ['id'],
    });
  });
});
