import { vendors } from '@app/vendors';
import { describe, expect, it } from 'vitest';
import { accountsFor, LOOKUPS_PER_MINUTE, LOOKUPS_PER_SITE, siteBody, spread } from './sites.js';

describe('sites', () => {
  it.each([
    [1, 60],
    [200, 67],
    [600, 200],
  ])('spreads %i sites over %i accounts', (sites, accounts) => {
    expect(accountsFor(sites)).toBe(accounts);
  });

  it('gives no account more than its limit allows, whatever the speed', () => {
    const { items } = spread('batch', 1_000);
    const perAccount = Map.groupBy(items, ({ account }) => account);
    expect(
      Math.max(...[...perAccount.values()].map((list) => list.length * LOOKUPS_PER_SITE)),
    ).toBeLessThanOrEqual(LOOKUPS_PER_MINUTE);
  });

  it('names no site twice', () => {
    const { items } = spread('batch', 130);
    expect(new Set(items.map(({ account, site }) => `${account}/${site}`)).size).toBe(130);
  });

  it('asks for what the vendor’s schema accepts, before and after an edit', () => {
    const schema = vendors.get('cato')?.site.spec;
    for (const index of [0, 249, 999]) {
      expect(schema?.safeParse(siteBody({ index })).success).toBe(true);
      expect(schema?.safeParse(siteBody({ index }, 2)).success).toBe(true);
    }
  });
});
