import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterReplay,
  DeadLetterReplayReport,
  DeadLetterStatus,
  Page,
} from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { recordAudit } from '../audit/record-audit.js';
import { decodeCursor, ID_PATTERN, pageOf } from '../cursor.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import { NotFound, NotReplayable } from '../errors.js';
import { Outbox } from '../outbox/outbox.js';
import type { Requester } from '../resources/site-requests.js';
import {
  DEAD_LETTER_COLUMNS,
  DEAD_LETTER_TABLES,
  viewDeadLetter,
  type DeadLetterRow,
} from './dead-letter-view.js';
import type { DeadLetters, OpenDeadLetters } from './dead-letters.js';
import { replayInLedger, type Replay, type ReplayOutcome } from './replay.js';

/** Replays of one call that are under way at the same time: each is a transaction of its own. */
const REPLAYS_AT_A_TIME = 8;
const MINUTE_MS = 60_000;

interface OpenLetter {
  id: string;
  operationId: string | null;
  isSuperseded: boolean;
}

/** The dead letters as operators see and treat them. */
@Injectable()
export class DeadLettersRepository implements DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  async list(
    filter: DeadLetterFilter & { status?: DeadLetterStatus | undefined },
    page: { limit: number; cursor?: string | undefined },
    scope: string | undefined,
  ): Promise<Page<DeadLetter>> {
    const where = matching(filter, scope);
    if (filter.status === 'open') where.require('d.closed_at is null');
    else where.add((p) => `d.resolution = ${p}`, filter.status);
    where.add((p) => `d.id < ${p}::uuid`, decodeCursor(page.cursor, ID_PATTERN));
    const rows = await this.database.rows<DeadLetterRow>(
      `select ${DEAD_LETTER_COLUMNS} from ${DEAD_LETTER_TABLES}
       ${where.sql} order by d.id desc limit ${where.parameter(page.limit + 1)}`,
      where.parameters,
    );
    return pageOf(rows, page.limit, { key: ({ id }) => id, view: viewDeadLetter });
  }

  async get(id: string, scope: string | undefined): Promise<DeadLetter> {
    const where = new Conditions().add((p) => `d.id = ${p}`, id).add((p) => `c.name = ${p}`, scope);
    const [row] = await this.database.rows<DeadLetterRow>(
      `select ${DEAD_LETTER_COLUMNS} from ${DEAD_LETTER_TABLES} ${where.sql}`,
      where.parameters,
    );
    if (row === undefined) throw new NotFound('dead letter', id);
    return viewDeadLetter(row);
  }

  async replay(id: string, requester: Requester, scope: string | undefined): Promise<DeadLetter> {
    const letter = await this.get(id, scope);
    if (letter.operationId === undefined) throw new NotReplayable(id, 'it belongs to no operation');
    await this.replayOne({ id, operationId: letter.operationId, by: requester.name });
    const replayed = await this.get(id, scope);
    if (replayed.status === 'discarded') throw new NotReplayable(id, 'it was discarded');
    return replayed;
  }

  async replayAll(
    { filter, ratePerMinute, dryRun }: DeadLetterReplay,
    requester: Requester,
    scope: string | undefined,
  ): Promise<DeadLetterReplayReport> {
    const where = matching(filter, scope).require('d.closed_at is null');
    const letters = await this.database.rows<OpenLetter>(
      `select d.id, d.operation_id as "operationId", r.deleted_at is not null or exists (
           select 1 from operation o join operation later on later.resource_id = o.resource_id
           where o.id = d.operation_id and o.site_id is null and later.sequence > o.sequence) as "isSuperseded"
       from ${DEAD_LETTER_TABLES} ${where.sql} order by d.id`,
      where.parameters,
    );
    const replayable = letters.flatMap(({ operationId, ...letter }) =>
      operationId === null ? [] : [{ ...letter, operationId }],
    );
    const lasting = replayable.filter(({ isSuperseded }) => !isSuperseded);
    const overtaken = replayable.filter(({ isSuperseded }) => isSuperseded);
    const report = { dryRun, matched: letters.length, notReplayable: letters.length - replayable.length };
    const startMs = Date.now();
    const intervalMs = ratePerMinute === undefined ? 0 : MINUTE_MS / ratePerMinute;
    const lastReleaseAt = new Date(startMs + Math.max(lasting.length - 1, 0) * intervalMs).toISOString();
    if (dryRun) {
      return {
        ...report,
        replayed: lasting.length,
        superseded: overtaken.length,
        lastReleaseAt: lasting.length === 0 ? null : lastReleaseAt,
      };
    }
    // Each waits for its moment from now on, and not from when its turn in this loop has come.
    const outcomes = await inBatches([...lasting, ...overtaken], ({ id, operationId }, index) =>
      this.replayOne({
        id,
        operationId,
        by: requester.name,
        delayMs: Math.max(startMs + index * intervalMs - Date.now(), 0),
      }),
    );
    const count = (wanted: ReplayOutcome): number => outcomes.filter((outcome) => outcome === wanted).length;
    const replayed = count('replayed');
    const superseded = count('superseded');
    await recordAudit(this.database, {
      actor: requester.name,
      action: 'dead_letters.replayed',
      customerId: await this.customerId(scope),
      target: { type: 'filter' },
      details: { filter, ratePerMinute, replayed, superseded },
    });
    return { ...report, replayed, superseded, lastReleaseAt: replayed === 0 ? null : lastReleaseAt };
  }

  async discard(id: string, reason: string, requester: Requester, scope: string | undefined): Promise<void> {
    await this.get(id, scope);
    await this.database.transaction(async (tx) => {
      const [closed] = await tx.rows<{ customerId: string | null; operationId: string | null }>(
        `update dead_letter set closed_at = clock_timestamp(), resolution = 'discarded', closed_by = $2, closed_reason = $3
         where id = $1 and closed_at is null
         returning customer_id as "customerId", operation_id as "operationId"`,
        [id, requester.name, reason],
      );
      if (closed === undefined) return;
      await recordAudit(tx, {
        actor: requester.name,
        action: 'dead_letter.discarded',
        customerId: closed.customerId,
        target: { type: 'dead_letter', id },
        details: { reason, operationId: closed.operationId },
      });
    });
  }

  async countOpen(): Promise<OpenDeadLetters[]> {
    return this.database.rows<OpenDeadLetters>(
      `select vendor, lane, reason, count(*)::int as count from dead_letter where closed_at is null
       group by vendor, lane, reason`,
    );
  }

  private async customerId(scope: string | undefined): Promise<string | null> {
    if (scope === undefined) return null;
    const [row] = await this.database.rows<{ id: string }>(
      `select id from customer where name = $1 and deleted_at is null`,
      [scope],
    );
    return row?.id ?? null;
  }

  private async replayOne(replay: Replay): Promise<ReplayOutcome> {
    return this.database.transaction(async (tx) => {
      const { outcome, hasReleased } = await replayInLedger(tx, replay);
      if (hasReleased) tx.afterCommit(() => this.outbox.poke());
      return outcome;
    });
  }
}

function matching(filter: DeadLetterFilter, scope: string | undefined): Conditions {
  return new Conditions()
    .add((p) => `c.name = ${p}`, scope)
    .add((p) => `c.name = ${p}`, filter.customer)
    .add((p) => `coalesce(parent.name, r.name) = ${p}`, filter.site)
    .add((p) => `d.vendor = ${p}`, filter.vendor)
    .add((p) => `d.lane = ${p}`, filter.lane)
    .add((p) => `d.reason = ${p}`, filter.reason)
    .add((p) => `d.error ->> 'code' = ${p}`, filter.code);
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += REPLAYS_AT_A_TIME) {
    results.push(
      ...(await Promise.all(
        items.slice(start, start + REPLAYS_AT_A_TIME).map((item, index) => work(item, start + index)),
      )),
    );
  }
  return results;
}
