import type { Device, DevicePhase } from '@app/contracts';

/** A row of `DEVICE_COLUMNS`. */
export interface DeviceRow {
  customer: string;
  site: string;
  name: string;
  vendor: string;
  spec: Record<string, unknown>;
  revision: number;
  appliedRevision: number | null;
  phase: DevicePhase;
  outputs: Record<string, unknown>;
}

/** Selects what `viewDevice` needs: `r` is the device, `v` its newest revision, `s` its site, `c` the customer. */
export const DEVICE_COLUMNS = `
  c.name as customer, s.name as site, r.name, r.vendor, v.spec, r.revision,
  r.applied_revision as "appliedRevision", r.phase, r.outputs`;

export const DEVICE_TABLES = `
  resource r join customer c on c.id = r.customer_id join resource s on s.id = r.parent_id
  join resource_revision v on v.resource_id = r.id and v.revision = r.revision`;

/** A device as clients see it. */
export function viewDevice({ customer, site, ...row }: DeviceRow): Device {
  const parent = `/v1/customers/${customer}/sites/${site}`;
  return { ...row, links: { self: `${parent}/devices/${row.name}`, site: parent } };
}
