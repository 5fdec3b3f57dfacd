import { AuditEntry, pageOf } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOW } from '../testing/fakes.js';
import { GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

const AuditPage = pageOf(AuditEntry, 'AuditPage');
const entryOf = (id: string, customer: string): AuditEntry => ({
  id,
  at: NOW,
  actor: 'operator',
  action: 'operation.retried',
  customer,
  target: { type: 'operation', id: '01990000-0000-7000-8000-000000000001' },
  details: {},
});

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
  gateway.audit.entries.push(entryOf('2', 'acme'), entryOf('1', 'globex'));
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.audit.filters.length = 0;
});

const list = (query: string, key: string = KEY.admin) => gateway.call('GET', `/v1/audit${query}`, { key });

const seen = async (query: string, key: string) =>
  AuditPage.parse((await list(query, key)).body).items.map(({ id }) => id);

describe('the audit', () => {
  it('is listed by every filter', async () => {
    const query = 'customer=acme&action=dead_letter.replayed&actor=broker&since=2026-11-21T06:00:00%2B01:00';
    expect((await list(`?${query}&limit=5`)).status).toBe(200);
    expect(gateway.audit.filters).toEqual([
      {
        customer: 'acme',
        action: 'dead_letter.replayed',
        actor: 'broker',
        since: new Date('2026-11-21T05:00:00Z'),
      },
    ]);
  });

  it('shows everything to an admin of all customers, and its own to one of a customer', async () => {
    expect(await seen('', KEY.admin)).toEqual(['2', '1']);
    expect(await seen('?customer=globex', KEY.admin)).toEqual(['1']);
    expect(await seen('', KEY.acmeAdmin)).toEqual(['2']);
    expect(await seen('?customer=acme', KEY.acmeAdmin)).toEqual(['2']);
    expect(await seen('?customer=globex', KEY.acmeAdmin)).toEqual([]);
  });

  it.each([
    ['action=site.created', 'action'],
    ['actor=', 'actor'],
    ['since=yesterday', 'since'],
    ['limit=501', 'limit'],
    ['site=paris', 'site'],
  ])('?%s is refused', async (query, path) => {
    expect(problemOf(await list(`?${query}`))).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      paths: [path],
    });
    expect(gateway.audit.filters).toEqual([]);
  });
});
