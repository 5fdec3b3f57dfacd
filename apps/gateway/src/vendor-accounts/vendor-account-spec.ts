import type { Vendor } from '@app/vendors';
import { z } from 'zod';
import { baseUrl } from './base-url.js';

/** A customer's account at a vendor, as a client sends it: the vendor says what its credentials are. */
export const vendorAccountSpec = (vendor: Vendor, { isSandbox }: { isSandbox: boolean }) =>
  z.strictObject({
    accountId: vendor.accountId,
    credentials: vendor.credentials.meta({ writeOnly: true }),
    baseUrl: baseUrl(isSandbox)
      .nullish()
      .transform((url) => url ?? null)
      .describe("where the vendor's API lives, if not at its usual address"),
  });
export type VendorAccountSpec = z.output<ReturnType<typeof vendorAccountSpec>>;
