import { breakerDetail, BreakersRepository } from '@app/ledger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger, type TestLedger } from './ledger-fixture.js';

const CUSTOMERS = 52;
const SHOWN = 50;

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('the breakers that are not closed are counted, and shown as far as anybody reads', async () => {
  const breakers = new BreakersRepository(ledger.database, ledger.outbox);
  const detail = breakerDetail(breakers);
  expect(await detail()).toEqual({ notClosed: 0, longest: [] });
  for (let number = 1; number <= CUSTOMERS; number += 1) {
    const name = `many-${number}`;
    await ledger.customers.put(name, { displayName: name });
    await ledger.accounts.put(name, 'cato', { accountId: name, baseUrl: null, credentials: {} });
  }
  const accounts = await ledger.database.rows<{ id: string; accountId: string }>(
    `select id, account_id as "accountId" from vendor_account where account_id like 'many-%'`,
  );
  const [error, times] = [
    { code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true } as const,
    { wasProbe: false, probeAfterMs: 10_000, longestWaitMs: 60_000 },
  ];
  for (const { id } of accounts) {
    await breakers.open({ vendorAccountId: id, family: 'sites' }, { error, ...times });
  }
  const [first, ...rest] = accounts;
  await breakers.close({ vendorAccountId: first?.id ?? '', family: 'sites' });
  const found = await detail();
  expect(found).toEqual({
    notClosed: CUSTOMERS - 1,
    longest: rest.slice(0, SHOWN).map(({ accountId }) => ({
      vendor: 'cato',
      accountId,
      family: 'sites',
      state: 'open',
      since: expect.any(Date),
      probeAt: expect.any(Date),
    })),
  });
});
