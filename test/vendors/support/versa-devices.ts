import type { DeviceResult, WantedDevice } from '@app/vendors';
import type { ConvergedSite, Organization } from './simulated-versa.js';

interface Wish {
  mayExist?: boolean;
  variables?: Record<string, string>;
  /** Ends every serial number. */
  serial?: string;
}

/** Devices d1, d2, … */
export const wanted = (count: number, wish: Wish = {}): WantedDevice[] =>
  Array.from({ length: count }, (_, index) => wantedAs(`d${index + 1}`, wish));

export const wantedAs = (name: string, { mayExist = false, variables = {}, serial = '' }: Wish = {}) => ({
  resourceId: `r-${name}`,
  name,
  spec: { serialNumber: `SN-${name}${serial}`, variables },
  applied: undefined,
  mayExist,
});

/** The devices, after a round that has applied them. */
export const applied = (devices: readonly WantedDevice[]): WantedDevice[] =>
  devices.map((device) => ({
    ...device,
    mayExist: false,
    applied: device.spec && { spec: device.spec, outputs: {} },
  }));

export const gone = (devices: readonly WantedDevice[]): WantedDevice[] =>
  devices.map((device) => ({ ...device, spec: undefined }));

/** Onboards devices d1, d2, … and fails when one of them is refused. */
export async function addDevices(
  organization: Organization,
  site: ConvergedSite,
  count: number,
): Promise<WantedDevice[]> {
  const devices = wanted(count);
  const refused = refusedOf(await organization.round(site, devices));
  if (Object.keys(refused).length > 0) throw new Error(JSON.stringify(refused));
  return applied(devices);
}

/** What the vendor said no to, by resource id. */
export const refusedOf = (results: readonly DeviceResult[]): Record<string, string> =>
  Object.fromEntries(
    results.flatMap((result) =>
      result.outcome === 'refused' ? [[result.resourceId, result.fault.message]] : [],
    ),
  );
