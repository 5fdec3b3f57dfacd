import { z } from 'zod';
import { Instant, Name } from './names.js';

export const CustomerSpec = z
  .strictObject({ displayName: z.string().trim().min(1).max(200) })
  .meta({ id: 'CustomerSpec' });
export type CustomerSpec = z.infer<typeof CustomerSpec>;

export const Customer = z
  .object({ name: Name, displayName: z.string(), createdAt: Instant, updatedAt: Instant })
  .meta({ id: 'Customer' });
export type Customer = z.infer<typeof Customer>;

/** A customer's account at a vendor. The credentials are sealed on arrival and never returned. */
export const VendorAccount = z
  .object({
    vendor: z.string(),
    accountId: z.string(),
    baseUrl: z.string().nullable(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'VendorAccount' });
export type VendorAccount = z.infer<typeof VendorAccount>;
