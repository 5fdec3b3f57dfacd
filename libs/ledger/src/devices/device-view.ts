import type { Device, DevicePhase } from '@app/contracts';

/** A row of `DEVICE_COLUMNS`. */
export interface DeviceRow {
  name: string;
  vendor: string;
  spec: Record<string, unknown>;
  revision: number;
  appliedRevision: number | null;
  phase: DevicePhase;
  outputs: Record<string, unknown>;
}

/** Selects what `viewDevice` needs: `r` is the device, `v` its newest revision. */
export const DEVICE_COLUMNS = `
  r.name, r.vendor, v.spec, r.revision, r.applied_revision as "appliedRevision", r.phase, r.outputs`;

export const DEVICE_TABLES = `
  resource r join resource_revision v on v.resource_id = r.id and v.revision = r.revision`;

/** A device as clients see it. The names are those of its customer and its site. */
export function viewDevice(row: DeviceRow, customer: string, site: string): Device {
  const parent = `/v1/customers/${customer}/sites/${site}`;
  return { ...row, links: { self: `${parent}/devices/${row.name}`, site: parent } };
}
