import type { Vendor } from '@app/vendors';
import { UnsupportedForVendor, UnsupportedVendor, ValidationFailed } from '../http/request-errors.js';
import { validated } from '../http/validate.js';
import type { VendorCatalogue } from './vendor-catalogue.js';

/** A site's spec as its vendor's schema reads it. */
export interface ValidSite {
  vendor: Vendor;
  spec: Record<string, unknown>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The vendor of that id. Throws `UnsupportedVendor`. */
export function knownVendor(vendors: VendorCatalogue, id: string): Vendor {
  const vendor = vendors.get(id);
  if (vendor === undefined) throw new UnsupportedVendor(id, [...vendors.keys()]);
  return vendor;
}

/** Reads the body of a site by the schema of the vendor that it names. */
export function validSite(vendors: VendorCatalogue, body: unknown): ValidSite {
  if (!isObject(body)) throw new ValidationFailed([{ path: '', message: 'must be a JSON object' }]);
  const { vendor: id } = body;
  if (typeof id !== 'string') {
    const message = `must be one of: ${[...vendors.keys()].join(', ')}`;
    throw new ValidationFailed([{ path: 'vendor', message }]);
  }
  const vendor = knownVendor(vendors, id);
  if (vendor.site.tunnel === undefined && 'tunnels' in body) throw new UnsupportedForVendor(id, 'tunnels');
  return { vendor, spec: validated(vendor.site.spec, body) };
}
