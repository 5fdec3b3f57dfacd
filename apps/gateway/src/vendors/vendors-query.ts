import { Name, PageQuery } from '@app/contracts';
import { z } from 'zod';

/** A page is a page of accounts; its vendors are complete. */
export const VendorsQuery = PageQuery.extend({
  // Each account's budget is asked for on its own.
  limit: z.coerce.number().int().min(1).max(100).default(20),
  customer: Name.optional(),
  vendor: Name.optional(),
});
export type VendorsQuery = z.infer<typeof VendorsQuery>;
