import type { Site, SitePhase } from '@app/contracts';

/** A row of `SITE_COLUMNS`. */
export interface SiteRow {
  customer: string;
  name: string;
  vendor: string;
  spec: Record<string, unknown>;
  revision: number;
  appliedRevision: number | null;
  phase: SitePhase;
  outputs: Record<string, unknown>;
}

/** Selects what `viewSite` needs: `r` is the resource, `v` its newest revision, `c` its customer. */
export const SITE_COLUMNS = `
  c.name as customer, r.name, r.vendor, v.spec, r.revision, r.applied_revision as "appliedRevision", r.phase, r.outputs`;

export const SITE_TABLES = `
  resource r join customer c on c.id = r.customer_id
  join resource_revision v on v.resource_id = r.id and v.revision = r.revision`;

/** A site as clients see it. */
export function viewSite(row: SiteRow): Site {
  const self = `/v1/customers/${row.customer}/sites/${row.name}`;
  return {
    name: row.name,
    vendor: row.vendor,
    spec: row.spec,
    revision: row.revision,
    appliedRevision: row.appliedRevision,
    phase: row.phase,
    outputs: row.outputs,
    drift: null,
    links: { self, operations: `/v1/operations?customer=${row.customer}&site=${row.name}` },
  };
}
