import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import { type ConfirmChannel, IllegalOperationError } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.js';
import { backoffMs, RECOVERY_BACKOFF } from './backoff.js';
import { replyCodeOf } from './declare-queues.js';
import {
  ChannelLost,
  Nacked,
  NotConnected,
  type PublishFailure,
  PublishingBlocked,
  Unroutable,
  Unsendable,
} from './errors.js';
import { InFlight } from './in-flight.js';
import { channelClosuresTotal, publishedTotal, publishFailuresTotal } from './messaging-metrics.js';
import { encodeMessage, type OutgoingMessage } from './outgoing-message.js';
import { pause, settledWithin } from './waiting.js';

export interface PublisherOptions {
  appId: string;
  maxInFlight?: number;
  confirmTimeoutMs?: number;
}

export type PublishVerdict = { isConfirmed: true } | { isConfirmed: false; error: PublishFailure };

export interface PublisherState {
  /** A message handed over now would be sent at once. */
  isAvailable: boolean;
  inFlight: number;
  lastConfirmAt: string | undefined;
}

interface OpenChannel {
  channel: ConfirmChannel;
  /** Ids of messages that the broker gave back; the confirm of each follows. */
  returned: Set<string>;
  isClosed: boolean;
}

/**
 * Sends messages and tells what became of each. Nothing is kept for later: what is not confirmed is an error
 * at once, and the caller's outbox is the queue. Emits `available` when sending is possible again.
 */
export class Publisher extends EventEmitter<{ available: [] }> {
  readonly #connection: AmqpConnection;
  readonly #appId: string;
  readonly #inFlight: InFlight;
  readonly #closing = new AbortController();
  readonly #logger = new Logger(Publisher.name);
  #open: OpenChannel | undefined;
  #lastConfirmAt: number | undefined;

  constructor(
    connection: AmqpConnection,
    { appId, maxInFlight = 200, confirmTimeoutMs = 10_000 }: PublisherOptions,
  ) {
    super();
    this.#connection = connection;
    this.#appId = appId;
    this.#inFlight = new InFlight(maxInFlight, confirmTimeoutMs);
    connection.on('unblocked', () => {
      if (this.isAvailable) this.emit('available');
    });
  }

  /** Keeps a channel open for as long as there is a connection. */
  start(): void {
    void this.#keepChannel();
  }

  get isAvailable(): boolean {
    return this.#whyNot() === undefined;
  }

  get state(): PublisherState {
    const at = this.#lastConfirmAt;
    return {
      isAvailable: this.isAvailable,
      inFlight: this.#inFlight.size,
      lastConfirmAt: at === undefined ? undefined : new Date(at).toISOString(),
    };
  }

  /**
   * Resolves when the broker has taken the message over into its queue, and in no other case. Rejects with a
   * `PublishFailure` otherwise.
   */
  async publish(message: OutgoingMessage, signal?: AbortSignal): Promise<void> {
    const verdict = await this.#send(message, signal);
    if (!verdict.isConfirmed) throw verdict.error;
  }

  /**
   * Sends all, pipelined. One verdict per message, in the order of the messages; rejects only when the signal
   * fires.
   */
  publishAll(messages: readonly OutgoingMessage[], signal?: AbortSignal): Promise<PublishVerdict[]> {
    return Promise.all(messages.map((message) => this.#send(message, signal)));
  }

  /** Waits for the confirms of what was sent, then closes. */
  async close(timeoutMs = 5_000): Promise<void> {
    await settledWithin(this.#inFlight.whenEmpty(), timeoutMs);
    this.#closing.abort();
    const open = this.#open;
    if (open && !open.isClosed) await settledWithin(open.channel.close(), timeoutMs);
  }

  async #send(message: OutgoingMessage, signal?: AbortSignal): Promise<PublishVerdict> {
    const failure = this.#whyNot() ?? (await this.#sendInTurn(message, signal));
    if (failure) {
      publishFailuresTotal.inc({ kind: failure.kind });
      return { isConfirmed: false, error: failure };
    }
    publishedTotal.inc({ queue: message.queue });
    this.#lastConfirmAt = Date.now();
    return { isConfirmed: true };
  }

  async #sendInTurn(message: OutgoingMessage, signal?: AbortSignal): Promise<PublishFailure | undefined> {
    await this.#inFlight.enter();
    try {
      signal?.throwIfAborted();
      const open = this.#open;
      // Asked again: the broker may have gone while this message waited for its turn.
      return this.#whyNot() ?? (open ? await this.#sendOn(open, message, signal) : new NotConnected());
    } finally {
      this.#inFlight.leave();
    }
  }

  #sendOn(
    open: OpenChannel,
    message: OutgoingMessage,
    signal?: AbortSignal,
  ): Promise<PublishFailure | undefined> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(abortReason(signal));
      const end = this.#inFlight.await((failure) => {
        signal?.removeEventListener('abort', abort);
        resolve(failure);
      });
      try {
        const { content, options } = encodeMessage(message, this.#appId, Date.now());
        open.channel.publish('', message.queue, content, options, (error: unknown) => {
          // A message without a queue is returned first and confirmed after.
          const isReturned = open.returned.delete(options.messageId);
          if (error) end(open.isClosed ? new ChannelLost(error) : new Nacked(message.queue));
          else end(isReturned ? new Unroutable(message.queue) : undefined);
        });
        signal?.addEventListener('abort', abort, { once: true });
      } catch (error) {
        end(error instanceof IllegalOperationError ? new ChannelLost(error) : new Unsendable(error));
      }
    });
  }

  #whyNot(): PublishFailure | undefined {
    if (this.#open === undefined) return new NotConnected();
    if (this.#connection.blocked !== undefined) return new PublishingBlocked(this.#connection.blocked);
    return undefined;
  }

  /** A connection that comes back brings no channels with it, and a channel can close alone. */
  async #keepChannel(): Promise<void> {
    const closing = this.#closing.signal;
    let failures = 0;
    while (!closing.aborted) {
      try {
        const closed = await this.#openChannel();
        failures = 0;
        await closed.promise;
      } catch (error) {
        failures++;
        if (!closing.aborted) this.#logger.debug('no channel to publish on', { reason: String(error) });
      }
      await pause(backoffMs(Math.max(1, failures), RECOVERY_BACKOFF, Math.random()), closing);
    }
  }

  async #openChannel(): Promise<{ promise: Promise<void> }> {
    const model = await this.#connection.whenConnected(this.#closing.signal);
    const channel = await model.createConfirmChannel();
    const open: OpenChannel = { channel, returned: new Set(), isClosed: false };
    const promise = new Promise<void>((resolve) => {
      // First of all listeners: the client library's own one fails the waiting confirms, and what they mean
      // depends on whether the channel is closed.
      channel.prependListener('close', () => {
        open.isClosed = true;
        if (this.#open === open) this.#open = undefined;
        resolve();
      });
    });
    channel.on('error', (error) => {
      channelClosuresTotal.inc({ role: 'publish', code: String(replyCodeOf(error) ?? 'unknown') });
      this.#logger.warn('publishing channel closed', { reason: error.message });
    });
    channel.on('return', (message) => {
      if (typeof message.properties.messageId === 'string') open.returned.add(message.properties.messageId);
    });
    this.#open = open;
    this.emit('available');
    return { promise };
  }
}

const abortReason = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('publishing was aborted');
