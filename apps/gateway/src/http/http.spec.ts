import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../testing/fakes.js';
import { catoSite, GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';
import { MAX_BODY_BYTES } from './json-body.js';

const PARIS = '/v1/customers/acme/sites/paris';
const JSON_TYPE = { 'content-type': 'application/json' };

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
});
afterAll(() => gateway.stop());

const head = (line: string, more = '') =>
  `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY.operator}\r\n${more}`;

/** Sends bytes as they are and reads what comes back until the other side closes or has said enough. */
async function talk(bytes: string, enough: (received: string) => boolean): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    if (enough(received)) socket.end();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

describe('bodies', () => {
  it.each([
    ['cut off', '{"vendor":'],
    ['no JSON', 'vendor: cato'],
    ['two values', '{}{}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ])('%s is malformed, and is not repeated', async (_name, raw) => {
    const problem = problemOf(await gateway.call('PUT', PARIS, { raw }));
    expect(problem).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
    expect(problem.detail).not.toContain('vendor');
  });

  it.each([
    ['none', { 'content-type': '' }],
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['compressed', { ...JSON_TYPE, 'content-encoding': 'gzip' }],
  ])('of another type (%s) are refused', async (_name, headers) => {
    const problem = problemOf(await gateway.call('PUT', PARIS, { raw: JSON.stringify(catoSite()), headers }));
    expect(problem).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it.each([
    ['a megabyte', 1024 * 1024],
    ['one byte too many', MAX_BODY_BYTES + 1],
  ])('of %s are too large, and the connection goes on', async (_name, size) => {
    const description = 'x'.repeat(size - JSON.stringify(catoSite({ description: '' })).length);
    const raw = JSON.stringify(catoSite({ description }));
    expect(Buffer.byteLength(raw)).toBe(size);
    expect(problemOf(await gateway.call('PUT', PARIS, { raw }))).toMatchObject({
      status: 413,
      code: 'BODY_TOO_LARGE',
    });
    expect((await gateway.call('GET', '/v1/customers')).status).toBe(200);
  });

  it('of the largest size are read', async () => {
    const description = 'x'.repeat(MAX_BODY_BYTES - JSON.stringify(catoSite({ description: '' })).length);
    const reply = await gateway.call('PUT', PARIS, { body: catoSite({ description }) });
    expect(problemOf(reply)).toMatchObject({ status: 422, paths: ['description'] });
  });

  it('nested without end are refused', async () => {
    const raw = `{"vendor":"cato","a":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    const problem = problemOf(await gateway.call('PUT', PARIS, { raw }));
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED' });
    expect(problem.paths[0]).toMatch(/^a\.0\.0/);
  });

  it('with thousands of faults are answered briefly', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_value, index) => [`f${index}`, 1]));
    const problem = problemOf(await gateway.call('PUT', PARIS, { body: catoSite(fields) }));
    expect(problem.paths).toHaveLength(50);
  });

  it.each(['__proto__', 'constructor'])('a field called %s is unknown like any other', async (name) => {
    const raw = JSON.stringify(catoSite()).replace('{', `{"${name}":{"isAdmin":true},`);
    expect(problemOf(await gateway.call('PUT', PARIS, { raw })).paths).toEqual([name]);
  });

  it('a second request on the connection of a refused one is understood', async () => {
    const big = 'x'.repeat(MAX_BODY_BYTES * 2);
    const first = head(
      `PUT ${PARIS}`,
      `Content-Type: application/json\r\nContent-Length: ${big.length}\r\n\r\n${big}`,
    );
    const second = head('GET /v1/customers', 'Connection: close\r\n\r\n');
    const received = await talk(first + second, () => false);
    expect(received).toContain('HTTP/1.1 413');
    expect(received).toContain('HTTP/1.1 200');
  });

  it('are not read for strangers', async () => {
    const raw = 'x'.repeat(1024 * 1024);
    expect((await gateway.call('PUT', PARIS, { key: null, raw })).status).toBe(401);
  });
});

describe('addresses and methods', () => {
  it.each([['/v1/unknown'], ['/nothing'], ['/v1/customers/acme/sites/paris/device']])(
    '%s is not there',
    async (path) => {
      expect(problemOf(await gateway.call('GET', path))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    },
  );

  it.each([
    ['POST', PARIS, 'GET, PUT, DELETE'],
    ['GET', `${PARIS}/tunnels/a`, 'PUT, DELETE'],
    ['DELETE', '/v1/operations', 'GET'],
    ['PATCH', '/v1/customers/acme', 'GET, PUT, DELETE'],
  ])('%s %s is not possible, and says what is', async (method, path, allowed) => {
    const reply = await gateway.call(method, path);
    expect(problemOf(reply)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(reply.headers.get('allow')).toBe(allowed);
  });

  it('an address that cannot be decoded is a fault of the request', async () => {
    const reply = await gateway.call('GET', '/v1/customers/%E0%A4%A');
    expect(problemOf(reply)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });
});

describe('failures', () => {
  afterEach(() => {
    gateway.customers.failure = undefined;
    gateway.keys.failure = undefined;
  });

  it('the database away is a 503 that says when to come back, and is over when it is back', async () => {
    gateway.customers.failure = new Refusal('DATABASE_UNAVAILABLE');
    const reply = await gateway.call('GET', '/v1/customers/acme');
    expect(problemOf(reply)).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    gateway.customers.failure = undefined;
    expect((await gateway.call('GET', '/v1/customers/acme')).status).toBe(404);
  });

  it('the database away while the key is looked up is the same, and is not remembered', async () => {
    gateway.keys.callers.set('late-key', { id: 'x', name: 'late', role: 'viewer', customer: null });
    gateway.keys.failure = new Refusal('DATABASE_UNAVAILABLE');
    expect((await gateway.call('GET', '/v1/customers', { key: 'late-key' })).status).toBe(503);
    gateway.keys.failure = undefined;
    expect((await gateway.call('GET', '/v1/customers', { key: 'late-key' })).status).toBe(200);
  });

  it('a bug tells nothing about itself', async () => {
    gateway.customers.failure = new Error('password hunter2 at postgres://u:hunter2@db');
    const problem = problemOf(await gateway.call('GET', '/v1/customers/acme'));
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL', detail: 'an unexpected error occurred' });
  });
});

describe('every answer', () => {
  it('carries the request’s id, the client’s own if it is a decent one', async () => {
    const own = await gateway.call('GET', '/v1/customers', { headers: { 'x-request-id': 'abc-1' } });
    expect(own.headers.get('x-request-id')).toBe('abc-1');
    const made = await gateway.call('GET', '/v1/customers', { headers: { 'x-request-id': 'a b' } });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect(made.headers.get('x-powered-by')).toBeNull();
  });
});

it('nothing of all this has queued anything', () => {
  expect(gateway.sites.isUntouched).toBe(true);
});
