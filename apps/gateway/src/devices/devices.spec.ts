import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceOf } from '../testing/fake-devices.js';
import { operationOf, Refusal } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf, type Call } from '../testing/gateway-fixture.js';

const DEVICES = '/v1/customers/acme/sites/paris/devices';
const PRINTER = `${DEVICES}/printer`;
const spec = { ip: '10.20.0.9', macAddress: '00:11:22:aa:bb:cc' };

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
});
afterEach(() => gateway.stop());

describe('one device', () => {
  const put = (body: unknown = spec, call: Call = {}) => gateway.call('PUT', PRINTER, { body, ...call });

  it('is accepted as an operation', async () => {
    const reply = await put();
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/v1/operations/${operationOf().id}`);
    expect(reply.body).toMatchObject({ lane: 'device', device: 'printer' });
    expect(gateway.devices.puts).toMatchObject([
      {
        customer: 'acme',
        site: 'paris',
        device: 'printer',
        spec,
        requester: { name: 'operator' },
        preconditions: {},
      },
    ]);
  });

  it('may carry the name of its address and no other', async () => {
    expect((await put({ ...spec, name: 'printer' })).status).toBe(202);
    expect(gateway.devices.puts[0]?.spec).toEqual(spec);
    expect(problemOf(await put({ ...spec, name: 'scanner' })).paths).toEqual(['name']);
  });

  it('answers 200 with the device when nothing changes', async () => {
    gateway.devices.result = { kind: 'unchanged', device: deviceOf({ revision: 7 }) };
    const reply = await put();
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ name: 'printer', revision: 7, changed: false });
    expect(reply.headers.get('etag')).toBe('"7"');
  });

  it('tells its results when the client waits for it', async () => {
    const progress = { total: 1, succeeded: 1, failed: 0 };
    const results = [{ name: 'printer', action: 'put', status: 'succeeded', revision: 1 }] as const;
    gateway.operations.add(
      operationOf({ status: 'succeeded', phase: 'done', progress, results: [...results] }),
    );
    const reply = await put(spec, { headers: { prefer: 'wait=30' } });
    expect(reply).toMatchObject({ status: 200, body: { status: 'succeeded', progress, results } });
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['']],
    ['a list', [spec], ['']],
    ['no address', { macAddress: spec.macAddress }, ['ip']],
    ['a wrong address', { ip: '10.20.0.256' }, ['ip']],
    ['an unknown field', { ...spec, colour: 'red' }, ['colour']],
    ['text that cannot be stored', { ...spec, description: 'a\0b' }, ['description']],
  ])('of %s is refused by its path, and nothing is queued', async (_name, body, paths) => {
    const problem = problemOf(await gateway.call('PUT', PRINTER, { body }));
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.devices.isUntouched).toBe(true);
  });

  it('with a name that is none is refused', async () => {
    const reply = await gateway.call('PUT', `${DEVICES}/Printer`, { body: spec });
    expect(problemOf(reply)).toMatchObject({ status: 422, paths: ['device'] });
  });

  it('of a site that is not there is a 404', async () => {
    const reply = await gateway.call('PUT', '/v1/customers/acme/sites/rome/devices/a', { body: spec });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it.each([
    ['SITE_DELETING', 409],
    ['SITE_NOT_READY', 409],
  ] as const)('answers %s with %i', async (code, status) => {
    gateway.devices.failures = [new Refusal(code)];
    expect(problemOf(await put())).toMatchObject({ status, code });
  });

  it('is read with its revision as a tag', async () => {
    gateway.devices.devices.set('printer', deviceOf({ revision: 3 }));
    const reply = await gateway.call('GET', PRINTER, { key: KEY.acmeViewer });
    expect(reply).toMatchObject({ status: 200, body: { name: 'printer', revision: 3 } });
    expect(reply.headers.get('etag')).toBe('"3"');
    expect(problemOf(await gateway.call('GET', `${DEVICES}/scanner`)).status).toBe(404);
  });

  it('is deleted by an operation', async () => {
    expect((await gateway.call('DELETE', PRINTER)).status).toBe(202);
    expect(gateway.devices.deletes).toMatchObject([{ device: 'printer', preconditions: {} }]);
    gateway.devices.failures = [new Refusal('NOT_FOUND')];
    expect((await gateway.call('DELETE', PRINTER)).status).toBe(404);
  });

  it('has no plan that could be held', async () => {
    const reply = await gateway.call('PUT', `${PRINTER}?requiresApproval=true`, { body: spec });
    expect(problemOf(reply)).toMatchObject({ status: 422, paths: ['requiresApproval'] });
  });
});

const putWith = (headers: Record<string, string>, body: unknown = spec) =>
  gateway.call('PUT', PRINTER, { body, headers });

describe('conditions and keys', () => {
  it.each<[Record<string, string>, object]>([
    [{ 'if-match': '"3"' }, { ifRevision: 3 }],
    [{ 'if-none-match': '*' }, { mustNotExist: true }],
  ])('%j is checked where it is written', async (headers, preconditions) => {
    await putWith(headers);
    expect(gateway.devices.puts[0]?.preconditions).toEqual(preconditions);
  });

  it('If-Match: * is the revision that was read', async () => {
    expect(problemOf(await putWith({ 'if-match': '*' }))).toMatchObject({ status: 412 });
    gateway.devices.devices.set('printer', deviceOf({ revision: 4 }));
    expect((await putWith({ 'if-match': '*' })).status).toBe(202);
    expect(gateway.devices.puts[0]?.preconditions).toEqual({ ifRevision: 4 });
  });

  it('come before the validation', async () => {
    gateway.devices.devices.set('printer', deviceOf({ revision: 4 }));
    expect(problemOf(await putWith({ 'if-match': '"3"' }, {}))).toMatchObject({ status: 412 });
    expect(problemOf(await putWith({ 'if-match': '"4"' }, {}))).toMatchObject({ status: 422 });
  });

  it('a key that was used before answers for a site that has gone since', async () => {
    gateway.devices.earlier = {
      kind: 'accepted',
      operation: operationOf({ status: 'succeeded' }),
      isReplay: true,
    };
    gateway.devices.sites.clear();
    const reply = await putWith({ 'idempotency-key': 'k1' });
    expect(reply).toMatchObject({ status: 202, body: { status: 'succeeded' } });
    expect(gateway.devices.isUntouched).toBe(true);
    expect(gateway.devices.checks[0]?.idempotency?.key).toBe('k1');
  });
});

describe('who may', () => {
  const calls: [string, string, unknown][] = [
    ['PUT', PRINTER, spec],
    ['DELETE', PRINTER, undefined],
    ['POST', `${DEVICES}:batch`, { delete: ['a'] }],
  ];

  it.each(calls)('%s %s needs an operator', async (method, path, body) => {
    const reply = await gateway.call(method, path, { body, key: KEY.viewer });
    expect(problemOf(reply)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await gateway.call(method, path, { body, key: KEY.acmeOperator })).status).toBe(202);
  });

  it.each<[string, string, unknown]>([...calls, ['GET', PRINTER, undefined], ['GET', DEVICES, undefined]])(
    '%s %s of another customer does not exist',
    async (method, path, body) => {
      const elsewhere = path.replace('acme', 'globex');
      const reply = await gateway.call(method, elsewhere, { body, key: KEY.acmeAdmin });
      expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      expect(gateway.devices.isUntouched).toBe(true);
    },
  );
});

describe('the devices of a site', () => {
  it('are listed page by page', async () => {
    gateway.devices.devices.set('printer', deviceOf());
    const reply = await gateway.call('GET', `${DEVICES}?limit=7&cursor=abc`, { key: KEY.viewer });
    expect(reply).toMatchObject({
      status: 200,
      body: { items: [{ name: 'printer' }], nextCursor: null },
    });
    expect(gateway.devices.pages).toEqual([{ limit: 7, cursor: 'abc' }]);
  });

  it.each(['limit=0', 'limit=501', 'name=a'])('?%s is refused', async (query) => {
    expect((await gateway.call('GET', `${DEVICES}?${query}`)).status).toBe(422);
  });
});
