import type {
  ChangeCounts,
  Lane,
  Operation,
  OperationAction,
  OperationError,
  OperationPhase,
  OperationStatus,
  OperationTimings,
} from '@app/contracts';

/** A row of `OPERATION_COLUMNS`. */
export interface OperationRow {
  id: string;
  customer: string;
  site: string;
  device: string | null;
  vendor: string;
  lane: Lane;
  action: OperationAction;
  status: OperationStatus;
  phase: OperationPhase;
  revision: number;
  attempt: number;
  requiresApproval: boolean;
  waitingFor: string | null;
  changes: ChangeCounts | null;
  outputs: Record<string, unknown> | null;
  error: OperationError | null;
  timings: OperationTimings | null;
  itemsTotal: number;
  itemsSucceeded: number;
  itemsFailed: number;
  supersededBy: string | null;
  createdBy: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Selects what `viewOperation` needs; `o` is the operation. */
export const OPERATION_COLUMNS = `
  o.id, c.name as customer, coalesce(s.name, r.name) as site,
  case when r.kind = 'device' then r.name end as device, o.vendor, o.lane, o.action, o.status, o.phase, o.revision, o.attempt,
  o.requires_approval as "requiresApproval", o.waiting_for as "waitingFor", o.changes, o.outputs, o.error, o.timings,
  o.items_total as "itemsTotal", o.items_succeeded as "itemsSucceeded", o.items_failed as "itemsFailed",
  o.superseded_by as "supersededBy", o.created_by as "createdBy", o.created_at as "createdAt",
  o.started_at as "startedAt", o.finished_at as "finishedAt"`;

export const OPERATION_TABLES = `
  operation o join resource r on r.id = o.resource_id join customer c on c.id = o.customer_id
  left join resource s on s.id = o.site_id`;

const NO_CHANGES: ChangeCounts = { add: 0, change: 0, remove: 0, replace: 0 };

/** An operation as clients see it. */
export function viewOperation(row: OperationRow): Operation {
  const changes = row.changes ?? NO_CHANGES;
  return {
    id: row.id,
    customer: row.customer,
    site: row.site,
    ...(row.device !== null && { device: row.device }),
    vendor: row.vendor,
    lane: row.lane,
    action: row.action,
    status: row.status,
    phase: row.phase,
    revision: row.revision,
    attempt: row.attempt,
    requiresApproval: row.requiresApproval,
    changed: Object.values(changes).some((count) => count > 0),
    changes,
    outputs: row.outputs ?? {},
    ...(row.error && { error: row.error }),
    ...(row.status === 'pending' && { queue: row.waitingFor === null ? {} : { waitingFor: row.waitingFor } }),
    ...(row.itemsTotal > 0 && {
      progress: { total: row.itemsTotal, succeeded: row.itemsSucceeded, failed: row.itemsFailed },
    }),
    timings: {
      ...row.timings,
      ...(row.startedAt && { queuedMs: row.startedAt.getTime() - row.createdAt.getTime() }),
      ...(row.finishedAt && { totalMs: row.finishedAt.getTime() - row.createdAt.getTime() }),
    },
    ...(row.supersededBy !== null && { supersededBy: row.supersededBy }),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    links: {
      self: `/v1/operations/${row.id}`,
      events: `/v1/operations/${row.id}/events`,
      site: `/v1/customers/${row.customer}/sites/${row.site}`,
      ...(row.device !== null && {
        device: `/v1/customers/${row.customer}/sites/${row.site}/devices/${row.device}`,
      }),
    },
  };
}
