import { laneOfQueue, type OperationError, type OperationReleased } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { ID_PATTERN } from '../cursor.js';
import { Database, type Transaction } from '../database/database.js';
import { lockLane, releaseLane, type DispatchLane } from '../operations/dispatch.js';
import { transition } from '../operations/lifecycle.js';
import { phaseAfter } from '../operations/run-ending.js';
import { Outbox } from '../outbox/outbox.js';
import type { DeadLetterDeliveries, ParkedMessage, RejectedMessage } from './dead-letters.js';
import { openDeadLetter } from './open-dead-letter.js';
import { replayInLedger } from './replay.js';

/** Who replays when a message was moved by hand at the broker. */
const BROKER = 'broker';

interface RejectedOperation extends DispatchLane {
  id: string;
  resourceId: string;
}

/** Dead letters as consumers meet them: messages that come back, messages that go there, messages that lie there. */
@Injectable()
export class DeadLetterDeliveriesRepository implements DeadLetterDeliveries {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  async replayDelivered({
    operationId,
    customerId,
    releaseNo,
  }: OperationReleased): Promise<'replayed' | 'superseded' | 'nothing'> {
    return this.database.transaction(async (tx) => {
      // The message of an earlier death of the same operation is inert.
      const [letter] = await tx.rows<{ id: string }>(
        `select d.id from dead_letter d join operation o on o.id = d.operation_id
         where o.id = $1 and o.customer_id = $2 and o.release_no = $3 and d.closed_at is null`,
        [operationId, customerId, releaseNo],
      );
      if (letter === undefined) return 'nothing';
      const { outcome, hasReleased } = await replayInLedger(tx, { id: letter.id, operationId, by: BROKER });
      if (hasReleased) tx.afterCommit(() => this.outbox.poke());
      return outcome === 'closed' ? 'nothing' : outcome;
    });
  }

  async recordRejected(message: RejectedMessage): Promise<void> {
    await this.database.transaction(async (tx) => {
      const operation = await this.operationOf(tx, message);
      if (operation !== undefined && (await this.failUnstarted(tx, operation, message))) return;
      // A run has recorded how it ended; only a message that could not be read has nobody else to speak for it.
      if (operation === undefined || message.error.code === 'MESSAGE_REJECTED') {
        await this.recordUnreadable(tx, message);
      }
    });
  }

  async verdictsOn(messages: readonly ParkedMessage[]): Promise<('keep' | 'remove')[]> {
    const rows = await this.database.rows<{ index: number; isWanted: boolean; isKnown: boolean }>(
      `select (m.index - 1)::int as index,
         exists (
           select 1 from operation o where o.id = m.operation_id and o.release_no = m.release_no
             and (o.status = 'pending'
               or exists (select 1 from dead_letter d where d.operation_id = o.id and d.closed_at is null)))
         or exists (
           select 1 from dead_letter d
           where d.queue = m.queue and d.content_hash = m.content_hash and d.closed_at is null) as "isWanted",
         exists (select 1 from operation o where o.id = m.operation_id)
         or exists (
           select 1 from dead_letter d where d.queue = m.queue and d.content_hash = m.content_hash) as "isKnown"
       from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bytea[])
         with ordinality as m (queue, operation_id, release_no, content_hash, index)`,
      [
        messages.map(({ queue }) => queue),
        messages.map(({ operationId }) => operationId ?? null),
        messages.map(({ releaseNo }) => releaseNo ?? null),
        messages.map(({ contentHash }) => contentHash),
      ],
    );
    for (const { index, isKnown } of rows) {
      const message = messages[index];
      // The broker gave it up before anybody could read it, or nobody could write it down then.
      if (!isKnown && message !== undefined) {
        await this.recordUnreadable(this.database, { ...message, error: unread(message) });
      }
    }
    const kept = new Set(rows.filter((row) => row.isWanted || !row.isKnown).map(({ index }) => index));
    return messages.map((_message, index) => (kept.has(index) ? 'keep' : 'remove'));
  }

  async closedSince(moment: Date): Promise<{ queues: string[]; until: Date }> {
    // Transactions that began before this moment may still close some: it is looked at again next time.
    const [row] = await this.database.rows<{ queues: string[] | null; until: Date }>(
      `select array_agg(distinct queue) as queues, now() - interval '10 seconds' as until
       from dead_letter where closed_at > $1`,
      [moment],
    );
    return { queues: row?.queues ?? [], until: row?.until ?? moment };
  }

  private async operationOf(
    tx: Transaction,
    { operationId }: RejectedMessage,
  ): Promise<RejectedOperation | undefined> {
    const [operation] = await tx.rows<RejectedOperation>(
      `select id, customer_id as "customerId", vendor_account_id as "vendorAccountId", lane,
         resource_id as "resourceId"
       from operation where id = $1`,
      [idOf(operationId)],
    );
    return operation;
  }

  /** Ends an operation that no worker can take up. @returns whether there was something to end */
  private async failUnstarted(
    tx: Transaction,
    operation: RejectedOperation,
    { releaseNo, error }: RejectedMessage,
  ): Promise<boolean> {
    await lockLane(tx, operation);
    await tx.rows(`select 1 from resource where id = $1 for update`, [operation.resourceId]);
    const failed = await tx.rows<{ action: 'create' | 'update' | 'delete' }>(
      `with failed as (
         update operation set status = $3, phase = 'done', finished_at = clock_timestamp(), released_at = null, error = $4
         where id = $1 and release_no = $2 and status = 'pending' and released_at is not null
         returning id, customer_id, action
       ), logged as (
         insert into operation_event (operation_id, customer_id, type, data)
         select id, customer_id, $3, $4 from failed
       )
       select action from failed`,
      [operation.id, numberOf(releaseNo), transition('pending', 'failed'), JSON.stringify(error)],
    );
    const [ended] = failed;
    if (ended === undefined) return false;
    await openDeadLetter(tx, operation.id, 'unexpected', error);
    const phase = await phaseAfter(
      tx,
      { operationId: operation.id, resourceId: operation.resourceId },
      ended.action,
    );
    await tx.rows(`update resource set phase = $2, updated_at = now() where id = $1`, [
      operation.resourceId,
      phase,
    ]);
    if ((await releaseLane(tx, operation)).length > 0) tx.afterCommit(() => this.outbox.poke());
    return true;
  }

  /** The same bytes again are the same dead letter. */
  private async recordUnreadable(
    sql: Pick<Database, 'rows'>,
    { queue, error, contentHash }: Pick<RejectedMessage, 'queue' | 'error' | 'contentHash'>,
  ): Promise<void> {
    const { vendor, lane } = laneOfQueue(queue);
    await sql.rows(
      `insert into dead_letter (id, queue, vendor, lane, reason, error, content_hash)
       values ($1, $2, $3, $4, 'unreadable', $5, $6)
       on conflict (queue, content_hash) where closed_at is null and operation_id is null
       do update set seen_count = dead_letter.seen_count + 1, last_seen_at = clock_timestamp(), error = excluded.error`,
      [newId(), queue, vendor, lane, JSON.stringify(error), contentHash],
    );
  }
}

const unread = ({ death }: ParkedMessage): OperationError => ({
  code: 'MESSAGE_REJECTED',
  message:
    death === 'delivery_limit'
      ? 'it was delivered again and again, and nobody could take it'
      : 'nobody has written down why it was dead-lettered',
  retryable: false,
});

/** What a message says of itself is a stranger's word: anything but an id is none. */
const idOf = (value: unknown): string | null =>
  typeof value === 'string' && ID_PATTERN.test(value) ? value : null;

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
