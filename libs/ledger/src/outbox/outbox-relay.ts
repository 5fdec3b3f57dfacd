import { failureReport } from '@app/runtime';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Outbox } from './outbox.js';

/** A message as the relay hands it to the broker. */
export interface OutgoingMessage {
  messageId: string;
  queue: string;
  type: string;
  headers: Record<string, unknown>;
  body: unknown;
}

/** The way to the broker. One verdict per message, in order: undefined is confirmed, else why not. */
export interface MessagePublisher {
  readonly isReady: boolean;
  publishAll(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]>;
}
export const MESSAGE_PUBLISHER = Symbol('MessagePublisher');

const BATCH = 200;
/** The net under the pokes: rows of a process that died between commit and poke. */
const POLL_MS = 1_000;
const MAX_BACKOFF_SECONDS = 30;

interface OutboxRow {
  id: string;
  queue: string;
  type: string;
  headers: Record<string, unknown>;
  body: unknown;
}

/**
 * Publishes committed outbox rows and deletes what the broker has confirmed. Rows stay locked while they are being
 * published, so any number of relays may run, and a killed one is replaced at once.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap {
  private readonly logger = new Logger(OutboxRelay.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isPoked = false;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    @Inject(MESSAGE_PUBLISHER) private readonly publisher: MessagePublisher,
  ) {}

  onApplicationBootstrap(): void {
    this.outbox.onPoke(() => this.poke());
    this.timer = setInterval(() => this.poke(), POLL_MS);
    this.poke();
  }

  /** Publishes what is left, once; then no more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    this.isStopped = true;
    await this.drain();
  }

  private poke(): void {
    if (this.isStopped) return;
    this.isPoked = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.isPoked) this.poke();
    });
  }

  private async run(): Promise<void> {
    this.isPoked = false;
    await this.drain();
  }

  private async drain(): Promise<void> {
    try {
      while (this.publisher.isReady && (await this.publishBatch()) === BATCH);
    } catch (error) {
      this.logger.warn('outbox rows could not be published', { reason: failureReport(error).message });
    }
  }

  /** @returns how many rows were confirmed */
  private async publishBatch(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.rows<OutboxRow>(
        `select id, queue, type, headers, body from outbox
         where not_before <= now() order by id limit $1 for update skip locked`,
        [BATCH],
      );
      if (rows.length === 0) return 0;
      const verdicts = await this.publisher.publishAll(
        rows.map(({ id, ...message }) => ({ messageId: `outbox-${id}`, ...message })),
      );
      const confirmed = rows.filter((_row, index) => verdicts[index] === undefined).map(({ id }) => id);
      const failed = rows.flatMap(({ id }, index) => {
        const error = verdicts[index];
        return error === undefined ? [] : [{ id, error: error.message }];
      });
      if (confirmed.length > 0) await tx.rows(`delete from outbox where id = any($1::bigint[])`, [confirmed]);
      if (failed.length > 0) {
        this.logger.warn('messages were not confirmed', { count: failed.length, reason: failed[0]?.error });
        await tx.rows(
          `update outbox set tries = tries + 1, last_error = failed.error,
             not_before = now() + make_interval(secs => least($3, 0.25 * 2 ^ least(tries, 10)))
           from unnest($1::bigint[], $2::text[]) as failed (id, error) where outbox.id = failed.id`,
          [failed.map(({ id }) => id), failed.map(({ error }) => error), MAX_BACKOFF_SECONDS],
        );
      }
      return confirmed.length;
    });
  }
}
