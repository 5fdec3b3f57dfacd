import type { DeviceProgramming, Vendor } from '@app/vendors';
import { UnsupportedForVendor, ValidationFailed } from '../http/request-errors.js';
import { validated } from '../http/validate.js';

type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How the vendor's devices are programmed. @throws UnsupportedForVendor */
export function devicesOf({ id, devices }: Vendor): DeviceProgramming {
  if (devices === undefined) throw new UnsupportedForVendor(id, 'devices');
  return devices;
}

/** The body of one device's own address, as the vendor's schema reads it. */
export function deviceSpec(vendor: Vendor, name: string, body: unknown): Json {
  const { spec } = devicesOf(vendor);
  if (!isObject(body)) throw new ValidationFailed([{ path: '', message: 'must be a JSON object' }]);
  const { name: given = name, ...rest } = body;
  if (given !== name) {
    throw new ValidationFailed([
      { path: 'name', message: `must be left out or be ${name}, as in the address` },
    ]);
  }
  return validated(spec, rest);
}
