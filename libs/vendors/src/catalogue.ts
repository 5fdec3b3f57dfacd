import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  isDirectVendor,
  isTerraformVendor,
  type DirectVendor,
  type TerraformVendor,
  type Vendor,
} from './vendor.js';

/** Every folder beside this file that holds a `vendor` module is a vendor: adding one is adding a folder. */
async function discover(): Promise<Map<string, Vendor>> {
  const here = import.meta.dirname;
  const found = new Map<string, Vendor>();
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file = ['vendor.js', 'vendor.ts']
      .map((name) => join(here, entry.name, name))
      .find((path) => existsSync(path));
    if (file === undefined) continue;
    const { vendor }: { vendor: Vendor } = await import(pathToFileURL(file).href);
    found.set(vendor.id, vendor);
  }
  return found;
}

/** The known vendors by id. */
export const vendors: ReadonlyMap<string, Vendor> = await discover();

/** The vendor of that id. Throws when there is none: the id of a stored object is always known. */
export function vendorOf(id: string): Vendor {
  const vendor = vendors.get(id);
  if (vendor === undefined) throw new Error(`vendor ${id} is not in the catalogue`);
  return vendor;
}

/** The vendor of that id, whose sites Terraform converges. Throws when it does not. */
export function terraformVendorOf(id: string): TerraformVendor {
  const vendor = vendorOf(id);
  if (!isTerraformVendor(vendor)) throw new Error(`the sites of ${id} are not converged by Terraform`);
  return vendor;
}

/** The vendor of that id, whose sites are converged by its own API. Throws when they are not. */
export function directVendorOf(id: string): DirectVendor {
  const vendor = vendorOf(id);
  if (!isDirectVendor(vendor)) throw new Error(`the sites of ${id} are not converged by its API`);
  return vendor;
}
