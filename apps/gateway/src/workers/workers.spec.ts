import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workerOf } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
});
afterAll(() => gateway.stop());

describe('the workers', () => {
  it('are listed, the dead ones too', async () => {
    const workers = [workerOf({ busy: 1 }), workerOf({ id: 'tf-executor-2', state: 'dead' })];
    gateway.workers.workers.push(...workers);
    const reply = await gateway.call('GET', '/v1/workers', { key: KEY.viewer });
    expect(reply).toMatchObject({ status: 200, body: { items: workers } });
  });

  it('serve all customers, so that no key of one customer sees them', async () => {
    const reply = await gateway.call('GET', '/v1/workers', { key: KEY.acmeAdmin });
    expect(problemOf(reply)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('cannot be filtered', async () => {
    const reply = await gateway.call('GET', '/v1/workers?state=dead');
    expect(problemOf(reply)).toMatchObject({ status: 422, paths: ['state'] });
  });
});
