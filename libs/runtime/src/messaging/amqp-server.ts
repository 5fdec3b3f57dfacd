import { Logger } from '@nestjs/common';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { AmqpConnection } from './amqp-connection.js';
import { ConsumerSlot, type SlotState } from './consumer-slot.js';
import { ConsumptionGate } from './consumption-gate.js';
import type { DeliveryContext } from './delivery-context.js';
import { DeliveryHandling, type DeliveryHandlingOptions } from './delivery-handling.js';
import { Drain, type DrainReport } from './drain.js';
import { MisconfiguredConsumers } from './errors.js';
import { type Subscription, subscriptionFaults } from './subscriptions.js';

const HOLD_LIMIT_MS = 15 * 60_000;
/** Terraform's 60 s to save and unlock after SIGINT, and time to write down the outcome. */
const INTERRUPT_LIMIT_MS = 90_000;

export interface AmqpServerOptions extends Pick<DeliveryHandlingOptions, 'rejected' | 'park'> {
  connection: AmqpConnection;
  subscriptions: readonly Subscription[];
  /** Declares the queues again; called when one to consume does not exist. */
  declareQueues?: () => Promise<void>;
  holdLimitMs?: number | undefined;
  interruptLimitMs?: number | undefined;
}

export interface SubscriptionState {
  queue: string;
  slots: SlotState[];
}

/**
 * Nest's transport for our queues: handlers stay Nest handlers (`@EventPattern`, pipes, interceptors); how
 * messages are fetched, settled and given back is decided here.
 */
export class AmqpServer extends Server implements CustomTransportStrategy {
  /** Handlers' errors come to us unchanged instead of being logged and swallowed. */
  override readonly propagatesEventHandlerErrors = true;
  protected override readonly logger = new Logger(AmqpServer.name);

  readonly #options: AmqpServerOptions;
  readonly #handlersByPattern = new Map<string, number>();
  readonly #gate = new ConsumptionGate();
  readonly #handling: DeliveryHandling;
  readonly #drain: Drain;
  #slots: { queue: string; slot: ConsumerSlot }[] = [];

  constructor(options: AmqpServerOptions) {
    super();
    this.#options = options;
    const accepted = new Map(options.subscriptions.map(({ queue, patterns }) => [queue, new Set(patterns)]));
    this.#drain = new Drain({
      stopConsuming: () => Promise.all(this.#slots.map(({ slot }) => slot.stop())),
      interrupt: () => this.#handling.interrupt(),
      running: () => this.#handling.running,
      interruptLimitMs: options.interruptLimitMs ?? INTERRUPT_LIMIT_MS,
    });
    this.#handling = new DeliveryHandling({
      handlerFor: (queue, type): MessageHandler<unknown, DeliveryContext> | undefined =>
        accepted.get(queue)?.has(type) ? this.messageHandlers.get(type) : undefined,
      gate: this.#gate,
      draining: this.#drain.signal,
      holdLimitMs: options.holdLimitMs ?? HOLD_LIMIT_MS,
      rejected: options.rejected,
      park: options.park,
    });
  }

  get subscriptions(): readonly Subscription[] {
    return this.#options.subscriptions;
  }

  get isDraining(): boolean {
    return this.#drain.signal.aborted;
  }

  /** Consumers are paused because the database is away. */
  get isHolding(): boolean {
    return this.#gate.isHeld;
  }

  get state(): SubscriptionState[] {
    return this.#options.subscriptions.map(({ queue }) => ({
      queue,
      slots: this.#slots.filter((entry) => entry.queue === queue).map(({ slot }) => slot.state),
    }));
  }

  /** Deliveries that it can have in hand, and has. */
  get load(): { slots: number; busy: number; isDraining: boolean } {
    const busy = this.#slots.filter(({ slot }) => slot.state.isBusy).length;
    return { slots: this.#slots.length, busy, isDraining: this.isDraining };
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    const route = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    this.#handlersByPattern.set(route, (this.#handlersByPattern.get(route) ?? 0) + 1);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Starts to consume. A broker that is away is waited for; handlers that do not fit are an error. */
  listen(callback: (error?: unknown) => void): void {
    const { subscriptions, connection, declareQueues } = this.#options;
    const faults = subscriptionFaults(subscriptions, this.#handlersByPattern);
    if (faults.length > 0) return callback(new MisconfiguredConsumers(faults));
    this.#slots = subscriptions.flatMap(({ queue, slots }) =>
      Array.from({ length: slots }, () => ({
        queue,
        slot: new ConsumerSlot({
          connection,
          queue,
          gate: this.#gate,
          work: (delivery) => this.#handling.handle(delivery),
          queueMissing: async () => declareQueues?.(),
        }),
      })),
    );
    for (const { slot } of this.#slots) slot.start();
    callback();
  }

  /**
   * Stops consuming, gives back what has not started, waits for running jobs for the grace, then tells them to
   * stop and waits for them again, within bounds. A second call shortens the grace.
   */
  drain(graceMs: number): Promise<DrainReport> {
    return this.#drain.run(graceMs);
  }

  async close(): Promise<void> {
    await this.#drain.run(0);
  }

  /** Part of Nest's interface; there are no events to listen to: ask `state`. */
  on(): void {
    throw new Error('the AMQP transport has no events');
  }

  unwrap(): never {
    throw new Error('the AMQP transport has no server object');
  }
}
