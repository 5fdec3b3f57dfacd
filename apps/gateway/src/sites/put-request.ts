import type { Preconditions, PutSite } from '@app/ledger';
import { splitSecrets } from '@app/vendors';
import type { Submission } from '../http/submission.decorator.js';
import type { SiteParams } from './site-address.js';
import type { ValidSite } from './site-spec.js';

/** What the ledger needs to take a valid spec in. */
export function putRequest(
  { customer, site }: SiteParams,
  { vendor, spec }: ValidSite,
  { requester, idempotency }: Submission,
  preconditions: Preconditions,
): PutSite {
  const { visible, slots } = splitSecrets(spec, vendor.site.secrets);
  return {
    customer,
    site,
    vendor: vendor.id,
    visible,
    secrets: slots,
    requester,
    idempotency,
    preconditions,
    unsupportedChange: (before) => vendor.site.unsupportedChange(before, visible),
  };
}
