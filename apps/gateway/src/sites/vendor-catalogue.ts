import type { Vendor } from '@app/vendors';

/** The vendors by id, as far as the gateway is concerned. */
export type VendorCatalogue = ReadonlyMap<string, Vendor>;
export const VENDOR_CATALOGUE = Symbol('VendorCatalogue');
