import { Logger } from '@nestjs/common';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.js';
import { backoffMs, RECOVERY_BACKOFF } from './backoff.js';
import type { ConsumptionGate } from './consumption-gate.js';
import { replyCodeOf } from './declare-queues.js';
import { channelClosuresTotal, settlementsTotal } from './messaging-metrics.js';
import { type Settlement, settlementFor } from './settlement.js';
import { Deferred, pause, settledWithin } from './waiting.js';

const CLOSE_TIMEOUT_MS = 2_000;
const NOT_FOUND = 404;
/**
 * A queue that is missing is declared again only after some seconds. Declared again within 100 ms of its
 * deletion, RabbitMQ 3.10 keeps consumers of the old one that never get a message (and hold what they should).
 */
const FAILURES_BEFORE_DECLARING = 4;

export interface Delivery {
  queue: string;
  message: ConsumeMessage;
  /** Fires when the channel is gone: the broker gives the message to somebody else, an ack is void. */
  channelLost: AbortSignal;
}

export interface ConsumerSlotOptions {
  connection: AmqpConnection;
  queue: string;
  gate: ConsumptionGate;
  /** Does the job and decides; never rejects. */
  work: (delivery: Delivery) => Promise<Exclude<Settlement, 'hold'>>;
  /** Called when the queue has been missing for some seconds. */
  queueMissing: () => Promise<void>;
}

export interface SlotState {
  /** `finishing`: not consuming, because a job from before is still running. */
  phase: 'connecting' | 'consuming' | 'held' | 'finishing' | 'stopped';
  isBusy: boolean;
}

interface SlotChannel {
  channel: Channel;
  lost: AbortController;
  closed: Promise<void>;
}

/**
 * One job at a time: a channel of its own with prefetch 1, opened again whatever happens to it. The slot
 * never starts a job while an earlier one runs, even if the broker has long given that message to another.
 */
export class ConsumerSlot {
  readonly #options: ConsumerSlotOptions;
  readonly #logger = new Logger(ConsumerSlot.name);
  readonly #stopping = new AbortController();
  readonly #stopped = new Deferred();
  #phase: SlotState['phase'] = 'connecting';
  #job: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ConsumerSlotOptions) {
    this.#options = options;
  }

  get state(): SlotState {
    return { phase: this.#phase, isBusy: this.#job !== undefined };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops consuming. Resolves when the broker knows it, the running job has ended and the channel is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopped.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const stopping = this.#stopping.signal;
    let failures = 0;
    while (!stopping.aborted) {
      this.#phase = 'connecting';
      try {
        await this.#consumeOnOneChannel(() => (failures = 0));
      } catch (error) {
        if (!stopping.aborted) await this.#consumeFailed(error, failures);
      }
      failures++;
      await this.#jobEnded();
      await pause(backoffMs(failures, RECOVERY_BACKOFF, Math.random()), stopping);
    }
    this.#phase = 'stopped';
  }

  async #consumeOnOneChannel(consuming: () => void): Promise<void> {
    const { gate, queue } = this.#options;
    const slotChannel = await this.#openChannel();
    const { channel, lost, closed } = slotChannel;
    const over = Promise.race([closed, this.#stopped.promise]);
    const isOver = (): boolean => lost.signal.aborted || this.#stopping.signal.aborted;
    try {
      await channel.prefetch(1);
      while (!isOver()) {
        if (gate.isHeld) this.#phase = 'held';
        await Promise.race([gate.whenOpen(), over]);
        // Prefetch counts per consumer: a new one beside a running job would get a second message.
        await Promise.race([this.#jobEnded(), over]);
        if (isOver()) break;
        const { consumerTag } = await channel.consume(queue, (message) =>
          this.#received(slotChannel, message),
        );
        this.#phase = 'consuming';
        consuming();
        await Promise.race([gate.whenHeld(), over]);
        if (!lost.signal.aborted) await channel.cancel(consumerTag);
      }
      // The job acks on the channel that delivered it.
      if (!lost.signal.aborted) await Promise.race([this.#jobEnded(), closed]);
    } finally {
      await closeQuietly(slotChannel);
    }
  }

  async #openChannel(): Promise<SlotChannel> {
    const channel = await this.#options.connection.createChannel(this.#stopping.signal);
    const lost = new AbortController();
    const closed = new Promise<void>((resolve) => {
      channel.on('close', () => {
        lost.abort();
        resolve();
      });
    });
    channel.on('error', (error) => {
      channelClosuresTotal.inc({ role: 'consume', code: String(replyCodeOf(error) ?? 'unknown') });
    });
    return { channel, lost, closed };
  }

  /** Never throws: an exception in here would end the whole connection. */
  #received(slotChannel: SlotChannel, message: ConsumeMessage | null): void {
    if (message === null) {
      // The broker cancelled the consumer: the queue was deleted, or the delivery took too long. The channel
      // is not usable for consuming any more, whatever it looks like.
      channelClosuresTotal.inc({ role: 'consume', code: 'cancelled' });
      this.#logger.warn('the broker cancelled a consumer', { queue: this.#options.queue });
      void closeQuietly(slotChannel);
    } else if (this.#stopping.signal.aborted || this.#job) {
      this.#settle(slotChannel, message, settlementFor({ kind: 'not_started' }));
    } else {
      this.#job = this.#doJob(slotChannel, message);
    }
  }

  async #doJob(slotChannel: SlotChannel, message: ConsumeMessage): Promise<void> {
    const { queue, work } = this.#options;
    const settlement = await work({ queue, message, channelLost: slotChannel.lost.signal });
    this.#job = undefined;
    this.#settle(slotChannel, message, settlement);
  }

  #settle({ channel, lost }: SlotChannel, message: ConsumeMessage, settlement: Settlement): void {
    const { queue } = this.#options;
    try {
      if (lost.signal.aborted) throw new Error('the channel is closed');
      if (settlement === 'ack') channel.ack(message);
      else if (settlement === 'reject') channel.reject(message, false);
      // Not `reject`: on RabbitMQ 4.3 a nack does not count as a failed delivery.
      else channel.nack(message, false, true);
      settlementsTotal.inc({ queue, settlement });
    } catch {
      settlementsTotal.inc({ queue, settlement: 'dropped' });
      this.#logger.warn('a verdict came after its channel was gone', { queue, settlement });
    }
  }

  async #jobEnded(): Promise<void> {
    if (!this.#job) return;
    this.#phase = 'finishing';
    await this.#job;
  }

  async #consumeFailed(error: unknown, failures: number): Promise<void> {
    const { queue, queueMissing } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    if (failures === 0) this.#logger.warn('cannot consume', { queue, reason });
    if (replyCodeOf(error) === NOT_FOUND && failures >= FAILURES_BEFORE_DECLARING) await queueMissing();
  }
}

async function closeQuietly({ channel, lost }: SlotChannel): Promise<void> {
  if (lost.signal.aborted) return;
  lost.abort();
  try {
    await settledWithin(channel.close(), CLOSE_TIMEOUT_MS);
  } catch {
    // It was closing already.
  }
}
