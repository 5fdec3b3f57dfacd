import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import { LocationInfo } from './device-workflows.js';
import type { VersaSite } from './site-spec.js';

/** What a site has come to: all that its devices have to know of it. */
const SiteOutputs = z.object({
  siteId: z.string(),
  deviceGroup: z.string(),
  templateName: z.string(),
  location: LocationInfo,
});
export type SiteOutputs = z.infer<typeof SiteOutputs>;

const countryNames = new Intl.DisplayNames(['en'], { type: 'region' });

export const outputsOf = (vendorName: string, { location }: VersaSite): SiteOutputs => ({
  siteId: vendorName,
  deviceGroup: vendorName,
  templateName: vendorName,
  location: {
    country: countryNames.of(location.countryCode) ?? location.countryCode,
    city: location.city,
    ...(location.state === undefined ? {} : { state: location.state }),
    ...(location.zip === undefined ? {} : { zip: location.zip }),
    ...(location.address === undefined ? {} : { address1: location.address }),
    latitude: String(location.latitude),
    longitude: String(location.longitude),
  },
});

export function readOutputs(outputs: Record<string, unknown>): SiteOutputs {
  const parsed = SiteOutputs.safeParse(outputs);
  if (parsed.success) return parsed.data;
  throw new VendorFaultError({
    code: 'VENDOR_REJECTED',
    message: 'the site has no device group at the Director yet',
    retryable: false,
  });
}

const FIELDS = ['country', 'state', 'city', 'zip', 'address1', 'latitude', 'longitude'] as const;

export const isSamePlace = (one: LocationInfo | null | undefined, other: LocationInfo): boolean =>
  FIELDS.every((field) => (one?.[field] ?? '') === (other[field] ?? ''));
