import { deadQueueOf } from '@app/contracts';
import type { DeadLetterDeliveries, ParkedMessage } from '@app/ledger';
import { failureReport, type Broker, type DeadMessage } from '@app/runtime';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

export interface DeadQueueJanitorOptions {
  broker: Pick<Broker, 'sweepDeadQueue'>;
  deadLetters: Pick<DeadLetterDeliveries, 'verdictsOn' | 'closedSince'>;
  /** The work queues whose dead letters it looks after. */
  workQueues: readonly string[];
  checkEveryMs?: number;
}

const CHECK_EVERY_MS = 30_000;
/**
 * Every sweep of a queue counts as a delivery of each message in it, of which the broker allows a million: one an hour
 * without need, and one whenever something was closed, lasts for decades.
 */
const SWEEP_ALL_EVERY_MS = 3_600_000;

/** Takes messages out of the dead-letter queues that stand for nothing any more, so that their depth tells the truth. */
export class DeadQueueJanitor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DeadQueueJanitor.name);
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private checkedUntil = new Date();
  private sweptAllAtMs = -Infinity;

  constructor(private readonly options: DeadQueueJanitorOptions) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.clean().finally(() => {
        this.running = undefined;
      });
    }, this.options.checkEveryMs ?? CHECK_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.running;
  }

  /** Sweeps the queues in which something was closed since it was last done, and all of them now and then. */
  async clean(): Promise<void> {
    const { deadLetters, workQueues } = this.options;
    try {
      const { queues, until } = await deadLetters.closedSince(this.checkedUntil);
      const isTimeForAll = performance.now() - this.sweptAllAtMs >= SWEEP_ALL_EVERY_MS;
      for (const queue of isTimeForAll ? workQueues : queues) await this.sweep(queue);
      this.checkedUntil = until;
      if (isTimeForAll) this.sweptAllAtMs = performance.now();
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.logger.warn('dead-letter queues could not be cleaned', { reason: failureReport(error).message });
    }
  }

  private async sweep(queue: string): Promise<void> {
    const { broker, deadLetters } = this.options;
    const { removed } = await broker.sweepDeadQueue(
      deadQueueOf(queue),
      (messages) => deadLetters.verdictsOn(messages.map((message) => parkedMessage(queue, message))),
      { signal: this.stopping.signal },
    );
    if (removed > 0) this.logger.log('closed dead letters were taken out of their queue', { queue, removed });
  }
}

const parkedMessage = (
  queue: string,
  { operationId, releaseNo, contentHash, death }: DeadMessage,
): ParkedMessage => ({ queue, operationId, releaseNo, contentHash, death: death?.reason });
