import { MessageHeader, type OperationError } from '@app/contracts';
import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { failureReport } from '../errors/failure-report.js';
import { withLogScope } from '../logging/log-scope.js';
import { type Backoff, backoffMs } from './backoff.js';
import type { Delivery } from './consumer-slot.js';
import type { ConsumptionGate } from './consumption-gate.js';
import { DeliveryContext, type DeliveryFacts, deliveryFacts } from './delivery-context.js';
import { MessageRejected } from './errors.js';
import { deliveriesTotal } from './messaging-metrics.js';
import { type DeliveryOutcome, type Settlement, settlementFor } from './settlement.js';
import { pause, settledWithin } from './waiting.js';

const HOOK_TIMEOUT_MS = 5_000;
const HOLD_BACKOFF: Backoff = { firstMs: 500, capMs: 5_000 };

/** A delivery that goes to the dead-letter queue, and why. */
export interface RejectedDelivery extends DeliveryFacts {
  reason: OperationError;
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
          if (settlement === 'reject' && outcome.kind === 'failed') await this.#reject(facts, outcome.error);
          return settlement;
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

  async #reject(facts: DeliveryFacts, error: unknown): Promise<void> {
    const reason = failureReport(error);
    if (error instanceof MessageRejected) this.#logger.warn('message dead-lettered', { reason });
    else this.#logger.error('message dead-lettered after an unexpected error', error);
    const { rejected } = this.#options;
    if (!rejected) return;
    try {
      await settledWithin(Promise.resolve(rejected({ ...facts, reason })), HOOK_TIMEOUT_MS);
    } catch (hookError) {
      this.#logger.error('a rejected message could not be recorded', hookError);
    }
  }
}

function scopeOf(facts: DeliveryFacts): Record<string, unknown> {
  const { headers } = facts;
  return {
    queue: facts.queue,
    messageId: facts.messageId,
    correlationId: facts.correlationId,
    operationId: headers[MessageHeader.operationId],
    attempt: headers[MessageHeader.attempt],
  };
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    // The parser's own error quotes the text, which is a stranger's.
    throw new MessageRejected('not_json');
  }
}
