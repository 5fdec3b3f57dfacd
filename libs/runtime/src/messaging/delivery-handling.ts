import type { OperationError } from '@app/contracts';
import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { ConsumeMessage } from 'amqplib';
import { isObservable, lastValueFrom } from 'rxjs';
import { failureReport } from '../errors/failure-report.js';
import { withLogScope } from '../logging/log-scope.js';
import { type Backoff, backoffMs } from './backoff.js';
import type { Delivery } from './consumer-slot.js';
import type { ConsumptionGate } from './consumption-gate.js';
import { canBeDeadLettered } from './death-history.js';
import { DeliveryContext, type DeliveryFacts, deliveryFacts } from './delivery-context.js';
import { MessageRejected } from './errors.js';
import { contentHash, headerFacts } from './message-facts.js';
import { deliveriesTotal } from './messaging-metrics.js';
import { type DeliveryOutcome, type Settlement, settlementFor } from './settlement.js';
import { pause, settledWithin } from './waiting.js';

const HOOK_TIMEOUT_MS = 5_000;
const HOLD_BACKOFF: Backoff = { firstMs: 500, capMs: 5_000 };

/** A delivery that goes to the dead-letter queue, and why. */
export interface RejectedDelivery extends DeliveryFacts {
  reason: OperationError;
  /** SHA-256 of the body: all that tells one unreadable message from another. */
  contentHash: Buffer;
}

export interface DeliveryHandlingOptions {
  handlerFor: (queue: string, type: string) => MessageHandler<unknown, DeliveryContext> | undefined;
  gate: ConsumptionGate;
  /** Fires when the drain begins. */
  draining: AbortSignal;
  /** For how long a delivery is kept while the database is away, before it is given back once. */
  holdLimitMs: number;
  /** Called, best effort, before a delivery is dead-lettered. */
  rejected?: ((rejection: RejectedDelivery) => void | Promise<void>) | undefined;
  /** Puts a copy of what the broker cannot dead-letter into the dead-letter queue; rejects if it is not there. */
  park?: ((message: ConsumeMessage, queue: string) => Promise<void>) | undefined;
}

/** Takes a delivery from its bytes to its settlement. */
export class DeliveryHandling {
  readonly #options: DeliveryHandlingOptions;
  readonly #logger = new Logger('Delivery');
  readonly #running = new Set<AbortController>();
  /** Fires when a held delivery went through: the others need not wait out their backoff. */
  #recovered = new AbortController();

  constructor(options: DeliveryHandlingOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Tells every running handler to stop now. */
  interrupt(): void {
    for (const stop of this.#running) stop.abort();
  }

  /** Never rejects. */
  async handle(delivery: Delivery): Promise<Exclude<Settlement, 'hold'>> {
    const facts = deliveryFacts(delivery.message, delivery.queue);
    deliveriesTotal.inc({ queue: facts.queue, redelivered: String(facts.redelivered) });
    const stop = new AbortController();
    this.#running.add(stop);
    try {
      return await withLogScope(scopeOf(facts), () => this.#untilSettled(delivery, facts, stop));
    } finally {
      this.#running.delete(stop);
    }
  }

  async #untilSettled(
    delivery: Delivery,
    facts: DeliveryFacts,
    stop: AbortController,
  ): Promise<Exclude<Settlement, 'hold'>> {
    const { draining, gate, holdLimitMs } = this.#options;
    const { channelLost } = delivery;
    const mayWait = (): boolean => !draining.aborted && !channelLost.aborted;
    const holdUntil = performance.now() + holdLimitMs;
    let release: (() => void) | undefined;
    try {
      for (let attempt = 1; ; attempt++) {
        const canHold = mayWait() && performance.now() < holdUntil;
        const outcome = await this.#attempt(delivery, facts, stop, canHold);
        const settlement = settlementFor(outcome);
        if (settlement !== 'hold') {
          if (release && outcome.kind === 'handled') this.#announceRecovery();
          if (settlement !== 'reject' || outcome.kind !== 'failed') return settlement;
          await this.#report(delivery, facts, outcome.error);
          return await this.#deadLetter(delivery, facts);
        }
        if (!release) {
          release = gate.hold();
          this.#logger.warn('the database is away; deliveries are held', { queue: facts.queue });
        }
        await pause(
          backoffMs(attempt, HOLD_BACKOFF, Math.random()),
          AbortSignal.any([draining, channelLost, this.#recovered.signal]),
        );
        if (!mayWait()) return 'requeue';
      }
    } finally {
      release?.();
    }
  }

  #announceRecovery(): void {
    this.#logger.log('the database is back; held deliveries go on');
    this.#recovered.abort();
    this.#recovered = new AbortController();
  }

  async #attempt(
    delivery: Delivery,
    facts: DeliveryFacts,
    stop: AbortController,
    canHold: boolean,
  ): Promise<DeliveryOutcome> {
    try {
      const handler = this.#options.handlerFor(facts.queue, facts.type);
      if (!handler) throw new MessageRejected('unknown_type', { type: facts.type });
      const result: unknown = await handler(
        parseJson(delivery.message.content),
        new DeliveryContext(facts, stop),
      );
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      return { kind: 'handled' };
    } catch (error) {
      return { kind: 'failed', error, canHold, wasInterrupted: stop.signal.aborted };
    }
  }

  async #report({ message }: Delivery, facts: DeliveryFacts, error: unknown): Promise<void> {
    const reason = failureReport(error);
    if (error instanceof MessageRejected) this.#logger.warn('message dead-lettered', { reason });
    else this.#logger.error('message dead-lettered after an unexpected error', error);
    const rejection = { ...facts, reason, contentHash: contentHash(message.content) };
    await settledWithin(this.#callHook(rejection), HOOK_TIMEOUT_MS);
  }

  async #callHook(rejection: RejectedDelivery): Promise<void> {
    try {
      await this.#options.rejected?.(rejection);
    } catch (error) {
      this.#logger.error('a rejected message could not be recorded', error);
    }
  }

  /** Left to the broker, unless its doing so would be the end of all dead-lettering on its node. */
  async #deadLetter(
    { message, channelLost }: Delivery,
    { queue, headers }: DeliveryFacts,
  ): Promise<'reject' | 'ack' | 'requeue'> {
    const { park, draining } = this.#options;
    if (!park || canBeDeadLettered(headers)) return 'reject';
    const mustEnd = AbortSignal.any([draining, channelLost]);
    for (let attempt = 1; ; attempt++) {
      try {
        await park(message, queue);
        return 'ack';
      } catch (error) {
        this.#logger.warn('a message could not be parked', { reason: failureReport(error) });
      }
      await pause(backoffMs(attempt, HOLD_BACKOFF, Math.random()), mustEnd);
      if (mustEnd.aborted) return 'requeue';
    }
  }
}

/** A stranger's headers may be anything, of any size: only what could be ours goes into every line of the log. */
function scopeOf({ queue, messageId, correlationId, headers }: DeliveryFacts): Record<string, unknown> {
  const { operationId, attempt } = headerFacts(headers);
  return { queue, messageId, correlationId, operationId, attempt };
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content));
  } catch {
    // The parser's own error quotes the text, which is a stranger's.
    throw new MessageRejected('not_json');
  }
}
