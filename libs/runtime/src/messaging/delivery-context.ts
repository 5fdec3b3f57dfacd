import { BaseRpcContext } from '@nestjs/microservices';
import type { ConsumeMessage } from 'amqplib';
import { lastDeath } from './death-history.js';
import { printable } from './message-facts.js';

export interface DeliveryFacts {
  /** The queue that is consumed; the routing key of a message moved by hand says something else. */
  queue: string;
  type: string;
  messageId: string | undefined;
  correlationId: string | undefined;
  headers: Readonly<Record<string, unknown>>;
  /** The broker has delivered it before, to somebody. */
  redelivered: boolean;
  /** It comes back from this queue's dead-letter queue: somebody moved it there to try again. */
  isReplay: boolean;
}

export function deliveryFacts(message: ConsumeMessage, queue: string): DeliveryFacts {
  const { properties, fields } = message;
  const headers = properties.headers ?? {};
  return {
    queue,
    type: printable(properties.type) ?? '',
    messageId: printable(properties.messageId),
    correlationId: printable(properties.correlationId),
    headers,
    redelivered: fields.redelivered,
    isReplay: isReplay(headers, queue),
  };
}

/** Rejected from this queue before, by a worker or by the broker itself. */
export function isReplay(headers: Readonly<Record<string, unknown>>, queue: string): boolean {
  const death = lastDeath(headers);
  return death?.queue === queue && (death.reason === 'rejected' || death.reason === 'delivery_limit');
}

/** What a handler gets beside the payload, by `@Ctx()`. */
export class DeliveryContext extends BaseRpcContext<[DeliveryFacts]> implements DeliveryFacts {
  readonly queue: string;
  readonly type: string;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  readonly isReplay: boolean;
  readonly #stop: AbortController;

  constructor(facts: DeliveryFacts, stop: AbortController) {
    super([facts]);
    this.queue = facts.queue;
    this.type = facts.type;
    this.messageId = facts.messageId;
    this.correlationId = facts.correlationId;
    this.headers = facts.headers;
    this.redelivered = facts.redelivered;
    this.isReplay = facts.isReplay;
    this.#stop = stop;
  }

  /** Fires when the grace of a shutdown is over: stop now, record what happened, return. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }
}
