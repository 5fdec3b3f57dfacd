import { vendors, type Vendor } from '@app/vendors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ValidationFailed, UnsupportedForVendor } from '../http/request-errors.js';
import { operationOf } from '../testing/fakes.js';
import { GatewayFixture, problemOf, type Reply } from '../testing/gateway-fixture.js';
import { MAX_BATCH_BYTES, validBatch } from './device-batch.js';

const BATCH = '/v1/customers/acme/sites/paris/devices:batch';

const device = (index: number, changes: Record<string, unknown> = {}) => ({
  name: `device-${index}`,
  ip: `10.20.${Math.floor(index / 250)}.${(index % 250) + 1}`,
  ...changes,
});
const devices = (count: number) => Array.from({ length: count }, (_, index) => device(index));
const names = (count: number) => devices(count).map(({ name }) => name);

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
});
afterAll(() => gateway.stop());
const post = (body: unknown): Promise<Reply> => gateway.call('POST', BATCH, { body });

describe('a batch', () => {
  beforeEach(() => {
    gateway.devices.batches.length = 0;
  });

  it('is one operation', async () => {
    const reply = await post({ put: [device(1), device(2)], delete: ['old'] });
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/v1/operations/${operationOf().id}`);
    const [{ name: _1, ...first }, { name: _2, ...second }] = [device(1), device(2)];
    expect(gateway.devices.batches).toMatchObject([
      {
        customer: 'acme',
        site: 'paris',
        put: [
          { name: 'device-1', spec: first },
          { name: 'device-2', spec: second },
        ],
        delete: ['old'],
        requester: { name: 'operator' },
      },
    ]);
  });

  it.each([
    ['puts alone', { put: devices(1_000) }, 1_000, 0],
    ['deletes alone', { delete: names(1_000) }, 0, 1_000],
    ['both', { put: devices(500), delete: names(1_000).slice(500) }, 500, 500],
  ])('takes a thousand devices: %s', async (_name, body, puts, deletes) => {
    expect((await post(body)).status).toBe(202);
    expect(gateway.devices.batches[0]?.put).toHaveLength(puts);
    expect(gateway.devices.batches[0]?.delete).toHaveLength(deletes);
  });

  it('has room for all that a vendor takes of a thousand devices', async () => {
    const put = devices(1_000).map((entry) => ({
      ...entry,
      name: `${entry.name}-`.padEnd(63, 'x'),
      macAddress: '00:11:22:aa:bb:cc',
      description: '😀'.repeat(100),
    }));
    expect(Buffer.byteLength(JSON.stringify({ put }))).toBeLessThan(MAX_BATCH_BYTES / 2);
    expect((await post({ put })).status).toBe(202);
  });

  it('that is larger than that is a 413', async () => {
    const put = [device(1, { description: 'x'.repeat(MAX_BATCH_BYTES) })];
    expect(problemOf(await post({ put }))).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });
});

describe('a faulty batch is refused as a whole', () => {
  beforeEach(() => {
    gateway.devices.batches.length = 0;
  });

  it.each<[string, unknown, string[]]>([
    ['nothing at all', undefined, ['']],
    ['a list', [], ['']],
    ['an empty object', {}, ['put']],
    ['both empty', { put: [], delete: [] }, ['put']],
    ['1,001 puts', { put: devices(1_001) }, ['put']],
    ['1,001 deletes', { delete: names(1_001) }, ['delete']],
    ['1,001 together', { put: devices(501), delete: names(1_001).slice(501) }, ['put']],
    ['an unknown field', { put: devices(1), replace: [] }, ['replace']],
    ['no list', { put: { a: 1 }, delete: ['a'] }, ['put']],
    ['no objects', { put: [7, 'a'] }, ['put.0', 'put.1']],
    ['no name', { put: [device(0), { ip: '10.0.0.1' }] }, ['put.1.name']],
    ['a name that is none', { put: [device(0, { name: 'A' })] }, ['put.0.name']],
    ['a deletion of what has no name', { delete: ['a', 'B', 7] }, ['delete.1', 'delete.2']],
    ['a name twice', { put: [device(0), device(1), device(2), device(1)] }, ['put.3.name']],
    ['a name to be deleted twice', { delete: ['a', 'b', 'a'] }, ['delete.2']],
    ['a name to be put and deleted', { put: [device(0)], delete: ['b', 'device-0'] }, ['delete.1']],
    ['a NUL', { put: [device(0, { description: 'a\0b' })] }, ['put.0.description']],
    [
      'faulty specs',
      {
        put: [device(0), device(1, { ip: 'x' }), device(2, { colour: 'red' }), device(3, { ip: undefined })],
      },
      ['put.1.ip', 'put.2.colour', 'put.3.ip'],
    ],
    [
      'a name twice and a faulty spec',
      { put: [device(0), device(0, { ip: 7 })] },
      ['put.1.name', 'put.1.ip'],
    ],
  ])('for %s', async (_name, body, paths) => {
    const problem = problemOf(await post(body));
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.devices.isUntouched).toBe(true);
  });

  it('for a thousand faults, and is answered briefly', async () => {
    const put = devices(1_000).map((entry) => ({ ...entry, ip: 'x' }));
    expect(problemOf(await post({ put })).paths).toHaveLength(50);
  });
});

describe('the vendors of the catalogue', () => {
  const known = [...vendors.values()].filter(({ devices: programming }) => programming !== undefined);

  it.each(known.map((vendor): [string, Vendor] => [vendor.id, vendor]))(
    '%s reads devices by its own schema',
    (_id, vendor) => {
      const refused = () => validBatch(vendor, { put: [{ name: 'a', noSuchField: 1 }] });
      expect(refused).toThrow(ValidationFailed);
      expect(refused).toThrow(/put\.0\./);
    },
  );

  it('one without devices says so', () => {
    const [vendor] = vendors.values();
    if (vendor === undefined) throw new Error('the catalogue is empty');
    const { devices: _devices, ...without } = vendor;
    expect(() => validBatch(without, { delete: ['a'] })).toThrow(UnsupportedForVendor);
  });
});
