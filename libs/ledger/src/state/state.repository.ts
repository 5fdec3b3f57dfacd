import { createHash } from 'node:crypto';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import type { RunGrant } from '../operations/claim.js';
import { sealContext, Sealer } from '../sealing/sealer.js';
import { StateFenced, StateLockLost } from './state-errors.js';
import type { StateLockHolder, StateResource, StateStore } from './state-store.js';
import { decideStateWrite, parseState, type StoredState } from './terraform-state.js';

/** The Terraform states in PostgreSQL: sealed versions, a lock with its owner, an index of what they hold. */
@Injectable()
export class StateRepository implements StateStore {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {}

  async read(grant: RunGrant): Promise<Buffer | undefined> {
    const [row] = await this.database.rows<{ content: Buffer | null }>(
      `select (select content from state_version where resource_id = r.id order by version desc limit 1) as content
       from resource r where r.id = $1 and r.customer_id = $2 and r.fencing_token = $3`,
      [grant.resourceId, grant.customerId, grant.fencingToken],
    );
    if (row === undefined) throw new StateFenced();
    return row.content === null
      ? undefined
      : this.sealer.open(row.content, sealContext.state(grant.resourceId));
  }

  async write(grant: RunGrant, lockId: string | undefined, content: Buffer): Promise<void> {
    const { serial, lineage, resources } = parseState(content);
    const checksum = createHash('sha256').update(content).digest();
    const sealed = this.sealer.seal(content, sealContext.state(grant.resourceId));
    await this.database.transaction(async (tx) => {
      await this.fence(tx, grant);
      const [before] = await tx.rows<StoredState & { version: number | null; lockId: string | null }>(
        `select v.version, v.serial::float8 as serial, v.lineage, v.checksum, v.resource_count as "resourceCount",
           l.lock_id as "lockId"
         from resource r
         left join state_lock l on l.resource_id = r.id and l.fencing_token = $2
         left join lateral (
           select * from state_version where resource_id = r.id order by version desc limit 1) v on true
         where r.id = $1`,
        [grant.resourceId, grant.fencingToken],
      );
      if (before === undefined || before.lockId === null || before.lockId !== lockId)
        throw new StateLockLost();
      const stored = before.version === null ? undefined : before;
      if (decideStateWrite(stored, { serial, lineage, checksum }) === 'same') return;
      await tx.rows(
        `with stored as (
           insert into state_version (resource_id, version, customer_id, operation_id, fencing_token, serial, lineage,
             checksum, content, size_bytes, resource_count)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ), held as (
           update resource set has_state_held_resources = true
           where id = $1 and $11 > 0 and not has_state_held_resources
         ), kept as (
           insert into state_resource (resource_id, customer_id, address, type, object_id, is_tainted)
           select $1, $3, * from unnest($12::text[], $13::text[], $14::text[], $15::boolean[])
           on conflict (resource_id, address) do update set type = excluded.type,
             object_id = excluded.object_id, is_tainted = excluded.is_tainted
         )
         delete from state_resource where resource_id = $1 and address <> all($12::text[])`,
        [
          grant.resourceId,
          (before.version ?? 0) + 1,
          grant.customerId,
          grant.operationId,
          grant.fencingToken,
          serial,
          lineage,
          checksum,
          sealed,
          content.length,
          resources.length,
          resources.map(({ address }) => address),
          resources.map(({ type }) => type),
          resources.map(({ objectId }) => objectId),
          resources.map(({ isTainted }) => isTainted),
        ],
      );
    });
  }

  async lock(
    grant: RunGrant,
    info: { ID: string } & Record<string, unknown>,
  ): Promise<StateLockHolder | undefined> {
    for (;;) {
      if (await this.takeLock(grant, info)) return undefined;
      const holder = await this.lockHolder(grant);
      if (holder !== undefined) return holder;
      // It was given back between the two questions.
    }
  }

  async unlock(grant: RunGrant, lockId: string): Promise<boolean> {
    const unlocked = await this.database.rows(
      `delete from state_lock
       where resource_id = $1 and customer_id = $2 and fencing_token = $3 and lock_id = $4 returning 1`,
      [grant.resourceId, grant.customerId, grant.fencingToken, lockId],
    );
    return unlocked.length > 0;
  }

  async quarantine(grant: RunGrant, content: Buffer): Promise<void> {
    await this.database.rows(
      `insert into state_quarantine (id, resource_id, customer_id, operation_id, fencing_token, content)
       select $1, r.id, r.customer_id, $4, $5, $6 from resource r where r.id = $2 and r.customer_id = $3`,
      [
        newId(),
        grant.resourceId,
        grant.customerId,
        grant.operationId,
        grant.fencingToken,
        this.sealer.seal(content, sealContext.state(grant.resourceId)),
      ],
    );
  }

  async resources(grant: RunGrant): Promise<StateResource[]> {
    return this.database.rows<StateResource>(
      `select address, type, object_id as "objectId", is_tainted as "isTainted" from state_resource
       where resource_id = $1 and customer_id = $2 order by address`,
      [grant.resourceId, grant.customerId],
    );
  }

  /** One statement, which keeps a takeover out while it runs. @throws StateFenced */
  private async takeLock(grant: RunGrant, info: { ID: string } & Record<string, unknown>): Promise<boolean> {
    // A lock of an older run is nobody's any more; the same lock asked for again is the same lock.
    const [answer] = await this.database.rows<{ isOwner: boolean; isTaken: boolean }>(
      `with fenced as (
         select id from resource where id = $1 and customer_id = $2 and fencing_token = $5 for no key update
       ), taken as (
         insert into state_lock (resource_id, customer_id, operation_id, worker_id, fencing_token, lock_id, info)
         select id, $2, $3, $4, $5, $6, $7 from fenced
         on conflict (resource_id) do update set operation_id = excluded.operation_id, worker_id = excluded.worker_id,
           fencing_token = excluded.fencing_token, lock_id = excluded.lock_id, info = excluded.info, locked_at = now()
         where state_lock.fencing_token < excluded.fencing_token or state_lock.lock_id = excluded.lock_id
         returning 1
       )
       select exists (select from fenced) as "isOwner", exists (select from taken) as "isTaken"`,
      [
        grant.resourceId,
        grant.customerId,
        grant.operationId,
        grant.workerId,
        grant.fencingToken,
        info.ID,
        JSON.stringify(info),
      ],
    );
    if (answer?.isOwner !== true) throw new StateFenced();
    return answer.isTaken;
  }

  private async lockHolder(grant: RunGrant): Promise<StateLockHolder | undefined> {
    const [holder] = await this.database.rows<StateLockHolder>(
      `select lock_id as "lockId", operation_id as "operationId", worker_id as "workerId", locked_at as "lockedAt", info
       from state_lock where resource_id = $1 and customer_id = $2`,
      [grant.resourceId, grant.customerId],
    );
    return holder;
  }

  /** Keeps a takeover out until the transaction ends. @throws StateFenced */
  private async fence(tx: Transaction, grant: RunGrant): Promise<void> {
    const held = await tx.rows(
      `select 1 from resource where id = $1 and customer_id = $2 and fencing_token = $3 for no key update`,
      [grant.resourceId, grant.customerId, grant.fencingToken],
    );
    if (held.length === 0) throw new StateFenced();
  }
}
