import { EventEmitter, once } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel } from 'amqplib';
import { backoffMs, RECOVERY_BACKOFF } from './backoff.js';
import { NotConnected, QueueMismatch } from './errors.js';
import { connectionLossesTotal } from './messaging-metrics.js';
import { openConnection } from './open-connection.js';
import { Deferred, pause, settledWithin } from './waiting.js';

const CLOSE_TIMEOUT_MS = 2_000;

export interface AmqpConnectionOptions {
  url: string;
  /** What the connection is for, in the broker's list of connections, in logs and in metrics. */
  role: 'publish' | 'consume';
  appId: string;
  /** Runs on every new connection before anybody may use it. */
  prepare?: (model: ChannelModel) => Promise<void>;
}

export interface ConnectionState {
  phase: 'idle' | 'connecting' | 'connected' | 'closed';
  /** Why the broker takes no messages on this connection at the moment. */
  blocked: string | undefined;
  lastError: string | undefined;
}

interface ConnectionEvents {
  connected: [ChannelModel];
  lost: [];
  unblocked: [];
}

/** One connection to the broker that is there again after every loss, until it is closed. */
export class AmqpConnection extends EventEmitter<ConnectionEvents> {
  readonly #options: AmqpConnectionOptions;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  #model: ChannelModel | undefined;
  #phase: ConnectionState['phase'] = 'idle';
  #blocked: string | undefined;
  #lastError: string | undefined;
  #run: Promise<void> | undefined;

  constructor(options: AmqpConnectionOptions) {
    super();
    // One listener per consumer slot waits here while the broker is away.
    this.setMaxListeners(0);
    this.#options = options;
    this.#logger = new Logger(`AmqpConnection:${options.role}`);
  }

  get state(): ConnectionState {
    return { phase: this.#phase, blocked: this.#blocked, lastError: this.#lastError };
  }

  get isConnected(): boolean {
    return this.#model !== undefined;
  }

  get blocked(): string | undefined {
    return this.#blocked;
  }

  /**
   * Connects and keeps connected. Resolves after the first attempt, whether the broker was there or not;
   * rejects if the broker holds our queues with other arguments, which no waiting repairs.
   */
  async start(): Promise<void> {
    if (this.#run) throw new Error('the connection was started before');
    const firstAttempt = new Deferred();
    this.#run = this.#keepConnected(firstAttempt);
    await firstAttempt.promise;
  }

  /** The connection, as soon as there is one. */
  async whenConnected(signal?: AbortSignal): Promise<ChannelModel> {
    const closing = this.#closing.signal;
    while (!this.#model) {
      if (closing.aborted) throw new NotConnected();
      await once(this, 'connected', { signal: signal ? AbortSignal.any([signal, closing]) : closing });
    }
    return this.#model;
  }

  /** A channel on the current connection, or on the next one. */
  async createChannel(signal?: AbortSignal): Promise<Channel> {
    const model = await this.whenConnected(signal);
    return model.createChannel();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#phase = 'closed';
    if (this.#model) await settledWithin(this.#model.close(), CLOSE_TIMEOUT_MS);
    if (this.#run) await settledWithin(this.#run, CLOSE_TIMEOUT_MS);
  }

  async #keepConnected(firstAttempt: Deferred): Promise<void> {
    const closing = this.#closing.signal;
    let failures = 0;
    while (!closing.aborted) {
      try {
        const { lost } = await this.#open();
        failures = 0;
        firstAttempt.resolve();
        await lost;
      } catch (error) {
        failures++;
        this.#lastError = error instanceof Error ? error.message : 'unknown';
        this.#logger.warn('broker connection failed', { failures, reason: this.#lastError });
        if (error instanceof QueueMismatch) firstAttempt.reject(error);
        else firstAttempt.resolve();
      }
      await pause(backoffMs(Math.max(1, failures), RECOVERY_BACKOFF, Math.random()), closing);
    }
    this.#phase = 'closed';
  }

  /** Connects once; `lost` resolves when that connection is over. */
  async #open(): Promise<{ lost: Promise<void> }> {
    this.#phase = 'connecting';
    const { url, appId, role } = this.#options;
    const model = await openConnection(url, `${appId}:${role}`);
    const lost = new Deferred();
    model.on('error', (error) => {
      this.#lastError = error.message;
    });
    model.on('close', (error) => {
      this.#closed(model, error);
      lost.resolve();
    });
    model.on('blocked', (reason) => {
      this.#blocked = reason;
      this.#logger.warn('the broker blocks publishing', { reason });
    });
    model.on('unblocked', () => {
      this.#blocked = undefined;
      this.#logger.log('the broker takes messages again');
      this.emit('unblocked');
    });
    try {
      await this.#options.prepare?.(model);
    } catch (error) {
      await settledWithin(model.close(), CLOSE_TIMEOUT_MS);
      throw error;
    }
    if (this.#closing.signal.aborted) await settledWithin(model.close(), CLOSE_TIMEOUT_MS);
    else this.#opened(model);
    return { lost: lost.promise };
  }

  #opened(model: ChannelModel): void {
    this.#model = model;
    this.#phase = 'connected';
    this.#lastError = undefined;
    this.#logger.log('connected to the broker');
    this.emit('connected', model);
  }

  #closed(model: ChannelModel, error: Error | undefined): void {
    if (this.#model !== model) return;
    this.#model = undefined;
    this.#blocked = undefined;
    if (!this.#closing.signal.aborted) {
      this.#phase = 'connecting';
      this.#lastError = error?.message ?? 'closed';
      connectionLossesTotal.inc({ role: this.#options.role });
      this.#logger.warn('broker connection lost', { reason: this.#lastError });
    }
    this.emit('lost');
  }
}
