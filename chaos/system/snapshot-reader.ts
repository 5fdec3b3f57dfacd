import { createHash } from 'node:crypto';
import { MessageHeader } from '@app/contracts';
import type {
  DeadLettersFound,
  OperationFound,
  ResourceFound,
  Snapshot,
  StateVersionFound,
} from '../snapshot.js';
import { readDevices, readHeldDeviceLanes, readItems } from './device-reader.js';
import type { System } from './system.js';

/** Reads everything about the customers whose names begin with the prefix, and what there is only one of. */
export async function readSnapshot(system: System, prefix: string): Promise<Snapshot> {
  const { ledger, broker, vendor, foreignHosts } = system;
  const of = [`${prefix}%`];
  const customers = await ledger.rows<Snapshot['customers'][number]>(
    `select c.name, a.account_id as account from customer c join vendor_account a on a.customer_id = c.id
     where c.name like $1 order by c.name`,
    of,
  );
  const [resources, operations, stateVersions, stateResources, locks, outbox] = await Promise.all([
    ledger.rows<ResourceFound>(
      `select r.id, c.name as customer, a.account_id as account, r.name, r.phase, r.revision,
         r.applied_revision as "appliedRevision", r.deleted_at is not null as "isDeleted", v.spec as "appliedSpec"
       from resource r join customer c on c.id = r.customer_id
       join vendor_account a on a.id = r.vendor_account_id
       left join resource_revision v on v.resource_id = r.id and v.revision = r.applied_revision
       where c.name like $1 and r.kind = 'site' order by r.id`,
      of,
    ),
    ledger.rows<OperationFound>(
      `select o.id, o.resource_id as "resourceId", o.site_id as "siteId",
         jsonb_build_object('total', o.items_total, 'succeeded', o.items_succeeded, 'failed', o.items_failed) as counts,
         o.sequence::float8 as sequence, o.action, o.revision, o.status,
         o.attempt, o.idempotency_key as "idempotencyKey", o.error, o.superseded_by as "supersededBy",
         o.lease_until is not null as "hasLease",
         o.status = 'in_progress' and o.deadline_at < now() - interval '5 s' as "isOverdue",
         (select count(*)::int from operation_event e where e.operation_id = o.id and e.type = 'taken_over')
           as takeovers,
         (select count(*)::int from operation_event e where e.operation_id = o.id and e.type = 'deferred')
           as deferrals
       from operation o join customer c on c.id = o.customer_id where c.name like $1 order by o.sequence`,
      of,
    ),
    ledger.rows<StateVersionFound>(
      `select v.resource_id as "resourceId", v.version, v.serial::float8 as serial, v.lineage
       from state_version v join customer c on c.id = v.customer_id where c.name like $1
       order by v.resource_id, v.version`,
      of,
    ),
    ledger.rows<Snapshot['stateResources'][number]>(
      `select s.resource_id as "resourceId", s.address, s.object_id as "objectId", s.is_tainted as "isTainted"
       from state_resource s join customer c on c.id = s.customer_id where c.name like $1
       order by s.resource_id, s.address`,
      of,
    ),
    ledger.rows<Snapshot['locks'][number]>(
      `select l.resource_id as "resourceId", l.worker_id as "workerId" from state_lock l
       join customer c on c.id = l.customer_id where c.name like $1`,
      of,
    ),
    ledger.one<{ rows: number }>(`select count(*)::int as rows from outbox`),
  ]);
  const accounts = new Set(customers.map(({ account }) => account));
  const [devices, items, heldDeviceLanes, queues, deadLetters, vendorAccounts] = await Promise.all([
    readDevices(ledger, prefix),
    readItems(ledger, prefix),
    readHeldDeviceLanes(ledger, prefix),
    broker.queues(),
    readDeadLetters(system),
    vendor.accounts(),
  ]);
  return {
    customers,
    resources,
    devices,
    operations,
    items,
    heldDeviceLanes,
    stateVersions,
    stateResources,
    locks,
    outboxRows: outbox.rows,
    queues,
    deadLetters,
    vendor: vendorAccounts.filter(({ account }) => accounts.has(account)),
    foreignHosts: foreignHosts.planted.filter(({ account }) => accounts.has(account)),
  };
}

/** undefined while the ledger keeps no dead letters. */
async function readDeadLetters({ ledger, broker }: System): Promise<DeadLettersFound | undefined> {
  const { exists } = await ledger.one<{ exists: boolean }>(
    `select to_regclass('dead_letter') is not null as exists`,
  );
  if (!exists) return undefined;
  const rows = await ledger.rows<DeadLettersFound['rows'][number]>(
    `select d.operation_id as "operationId", encode(d.content_hash, 'hex') as "contentHash",
       d.closed_at is null as "isOpen", d.reason, o.site_id is not null as "isOfDevices"
     from dead_letter d left join operation o on o.id = d.operation_id order by d.id`,
  );
  const messages = await broker.deadLetters();
  const inQueue = messages.map(({ properties, content }) => {
    const operation: unknown = properties.headers?.[MessageHeader.operationId];
    return {
      operationId: typeof operation === 'string' ? operation : null,
      contentHash: createHash('sha256').update(content).digest('hex'),
      death: JSON.stringify({ id: properties.messageId, ...properties.headers }),
    };
  });
  return { inQueue, rows };
}
