import type { QueueDeclaration } from '@app/contracts';
import type { ChannelModel } from 'amqplib';
import { AmqpConnection, type ConnectionState } from './amqp-connection.js';
import { AmqpServer, type SubscriptionState } from './amqp-server.js';
import {
  type DeadMessageJudge,
  sweepDeadQueue,
  type SweepOptions,
  type SweepReport,
} from './dead-queue-sweep.js';
import { declareQueues } from './declare-queues.js';
import type { RejectedDelivery } from './delivery-handling.js';
import type { DrainReport } from './drain.js';
import { SweepInterrupted } from './errors.js';
import { openConnection } from './open-connection.js';
import { parking } from './parking.js';
import { Publisher, type PublisherState } from './publisher.js';
import type { Subscription } from './subscriptions.js';
import { settledWithin } from './waiting.js';

export interface MessagingOptions {
  url: string;
  /** The service's name, in messages and in the broker's list of connections. */
  appId: string;
  /** Every queue that this service publishes to or consumes, with its dead-letter queue. */
  queues: readonly QueueDeclaration[];
  subscriptions?: readonly Subscription[] | undefined;
  /** How long running jobs may go on when the service stops, before they are told to stop. */
  drainGraceMs?: number | undefined;
  interruptLimitMs?: number | undefined;
  holdLimitMs?: number | undefined;
  confirmTimeoutMs?: number | undefined;
  /** Called, best effort, before a delivery is dead-lettered. */
  rejected?: ((rejection: RejectedDelivery) => void | Promise<void>) | undefined;
}

export interface BrokerState {
  publish: ConnectionState & PublisherState;
  /** Absent in a service that subscribes to nothing. */
  consume: ConnectionState | undefined;
  subscriptions: SubscriptionState[];
  isDraining: boolean;
  isHolding: boolean;
}

const DRAIN_GRACE_MS = 120_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * All that a process has to do with the broker: one connection to publish on and one to consume on, because a
 * broker that blocks publishers also holds back the acks that share their connection.
 */
export class Broker {
  readonly publisher: Publisher;
  readonly server: AmqpServer;
  readonly #publishing: AmqpConnection;
  readonly #consuming: AmqpConnection;
  readonly #queues: readonly QueueDeclaration[];
  readonly #drainGraceMs: number;
  readonly #url: string;
  readonly #appId: string;
  readonly #closing = new AbortController();

  constructor(options: MessagingOptions) {
    const { url, appId, queues, subscriptions = [], confirmTimeoutMs } = options;
    this.#url = url;
    this.#appId = appId;
    this.#queues = queues;
    this.#drainGraceMs = options.drainGraceMs ?? DRAIN_GRACE_MS;
    const prepare = (model: ChannelModel): Promise<void> => declareQueues(model, queues);
    this.#publishing = new AmqpConnection({ url, appId, role: 'publish', prepare });
    this.#consuming = new AmqpConnection({ url, appId, role: 'consume', prepare });
    this.publisher = new Publisher(this.#publishing, {
      appId,
      ...(confirmTimeoutMs !== undefined && { confirmTimeoutMs }),
    });
    this.server = new AmqpServer({
      connection: this.#consuming,
      subscriptions,
      declareQueues: () => this.#declareAgain(),
      rejected: options.rejected,
      park: parking(this.publisher, queues),
      holdLimitMs: options.holdLimitMs,
      interruptLimitMs: options.interruptLimitMs,
    });
  }

  get #consumes(): boolean {
    return this.server.subscriptions.length > 0;
  }

  get state(): BrokerState {
    return {
      publish: { ...this.#publishing.state, ...this.publisher.state },
      consume: this.#consumes ? this.#consuming.state : undefined,
      subscriptions: this.server.state,
      isDraining: this.server.isDraining,
      isHolding: this.server.isHolding,
    };
  }

  /**
   * Connects and declares the queues. A broker that is away is no error: it is tried until it is there. Queues
   * that exist with other arguments are.
   */
  async start(): Promise<void> {
    this.publisher.start();
    const connections = this.#consumes ? [this.#publishing, this.#consuming] : [this.#publishing];
    await Promise.all(connections.map((connection) => connection.start()));
  }

  /** Called again, it shortens the grace. */
  drain(graceMs: number = this.#drainGraceMs): Promise<DrainReport> {
    return this.server.drain(graceMs);
  }

  /**
   * Goes once through a dead-letter queue and removes what the judge gives up (see `sweepDeadQueue`). On a connection
   * of its own: a broker that blocks publishers holds back their connection's acks, and a stranger's message that the
   * client library cannot decode ends the connection on which it comes.
   */
  async sweepDeadQueue(
    queue: string,
    judge: DeadMessageJudge,
    options: SweepOptions = {},
  ): Promise<SweepReport> {
    const connection = await this.#openSweeping(queue);
    const { signal: closing } = this.#closing;
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing;
    try {
      return await sweepDeadQueue(connection, queue, judge, { ...options, signal });
    } finally {
      await settledWithin(connection.close(), CLOSE_TIMEOUT_MS);
    }
  }

  /** Waits for the confirms of what was published, then closes both connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.server.close();
    await this.publisher.close();
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }

  async #openSweeping(queue: string): Promise<ChannelModel> {
    try {
      const connection = await openConnection(this.#url, `${this.#appId}:sweep`);
      connection.on('error', () => undefined);
      return connection;
    } catch (error) {
      throw new SweepInterrupted(queue, error);
    }
  }

  /** A queue that somebody deleted comes back with its arguments, empty; what was in it is released again. */
  async #declareAgain(): Promise<void> {
    try {
      await declareQueues(await this.#consuming.whenConnected(AbortSignal.timeout(5_000)), this.#queues);
    } catch {
      // The slot that asked tries again and reports why it cannot consume.
    }
  }
}
