import { Name } from '@app/contracts';
import { z } from 'zod';

export const CustomerParams = z.object({ customer: Name });
export type CustomerParams = z.infer<typeof CustomerParams>;

/** Where a site is in the API. */
export const SiteParams = CustomerParams.extend({ site: Name });
export type SiteParams = z.infer<typeof SiteParams>;

export const TunnelParams = SiteParams.extend({ tunnel: Name });
export type TunnelParams = z.infer<typeof TunnelParams>;

export const MutationQuery = z.object({
  requiresApproval: z
    .enum(['true', 'false'])
    .default('false')
    .describe('hold the plan until somebody approves it'),
});
export type MutationQuery = z.infer<typeof MutationQuery>;
