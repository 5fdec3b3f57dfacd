import type { VendorLimits } from '../limits.js';

const MINUTE = 60_000;
const perMinute = (calls: number) => ({ calls, windowMs: MINUTE });

/**
 * Counted by operation and account, over all keys of the account: the name of the query or mutation field, not of the
 * document. Source: support.catonetworks.com, article 5119033786653 (Understanding Cato API Rate Limiting).
 */
export const catoLimits: VendorLimits = {
  perOperation: [perMinute(120)],
  operations: {
    entityLookup: [perMinute(30), { calls: 1_500, windowMs: 5 * 60 * MINUTE }],
    accountSnapshot: [perMinute(30)],
  },
};
