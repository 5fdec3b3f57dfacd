import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';
import { baseUrl } from './base-url.js';

const PATH = '/v1/customers/acme/vendor-accounts/cato';
const key = KEY.admin;
const account = { accountId: '1001', credentials: { token: 'hunter2' } };

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start({ isSandbox: false });
});
afterAll(() => gateway.stop());

describe('vendor accounts', () => {
  it.each<[string, unknown, string[]]>([
    ['no body', undefined, ['']],
    ['no credentials', { accountId: '1' }, ['credentials']],
    [
      'credentials of another vendor',
      { ...account, credentials: { apiKey: 'hunter2' } },
      ['credentials.token', 'credentials.apiKey'],
    ],
    ['an account id that is none', { ...account, accountId: 'a/b' }, ['accountId']],
    ['an unknown field', { ...account, colour: 'red' }, ['colour']],
    ['a token with a line break', { ...account, credentials: { token: 'hunter2\n' } }, ['credentials.token']],
    ['an address without encryption', { ...account, baseUrl: 'http://vendor.example' }, ['baseUrl']],
  ])('%s is refused, and credentials are not repeated', async (_name, body, paths) => {
    const reply = await gateway.call('PUT', PATH, { key, body });
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(JSON.stringify(reply.body)).not.toContain('hunter2');
    expect(gateway.accounts.puts).toEqual([]);
  });

  it('of an unknown vendor are refused by name', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const path = '/v1/customers/acme/vendor-accounts/Acme%20WAN';
      const reply = await gateway.call(method, path, { key, ...(method === 'PUT' && { body: account }) });
      expect(problemOf(reply)).toMatchObject({ status: 422, code: 'UNSUPPORTED_VENDOR', paths: ['vendor'] });
    }
  });

  it('are created, replaced and read without their credentials', async () => {
    const created = await gateway.call('PUT', PATH, {
      key,
      body: { ...account, baseUrl: 'https://eu.vendor.example/api' },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(PATH);
    expect(gateway.accounts.puts[0]).toMatchObject({
      customer: 'acme',
      vendor: 'cato',
      spec: { ...account, baseUrl: 'https://eu.vendor.example/api' },
    });
    gateway.accounts.isNew = false;
    expect((await gateway.call('PUT', PATH, { key, body: account })).status).toBe(200);
    expect(gateway.accounts.puts[1]?.spec.baseUrl).toBeNull();
    const read = await gateway.call('GET', PATH, { key: KEY.viewer });
    expect(read.body).toMatchObject({ vendor: 'cato', accountId: '1001' });
    expect(JSON.stringify([created.body, read.body])).not.toContain('hunter2');
  });

  it('with resources stay', async () => {
    expect(problemOf(await gateway.call('DELETE', PATH, { key }))).toMatchObject({
      status: 409,
      code: 'HAS_RESOURCES',
    });
  });
});

describe('the address of a vendor account', () => {
  it.each<[string, boolean, boolean]>([
    ['https://vendor.example/api/v1', true, true],
    ['https://10.1.2.3:9182', true, true],
    ['http://127.0.0.1:3901/api', false, true],
    ['http://vendor.example', false, true],
    ['https://127.0.0.1:9182', false, true],
    ['https://localhost/x', false, true],
    ['https://169.254.169.254/latest', false, true],
    ['https://[::1]/', false, true],
    ['https://0x7f.1/', false, true],
    ['https://2130706433/', false, true],
    ['https://user:hunter2@vendor.example', false, false],
    ['https://vendor.example/?q=1', false, false],
    ['https://vendor.example/#x', false, false],
    ['ftp://vendor.example', false, false],
    ['file:///etc/passwd', false, false],
    ['vendor.example', false, false],
    ['', false, false],
  ])('%s is allowed: %s in earnest, %s in the sandbox', (url, inEarnest, inSandbox) => {
    expect(baseUrl(false).safeParse(url).success).toBe(inEarnest);
    expect(baseUrl(true).safeParse(url).success).toBe(inSandbox);
  });
});
