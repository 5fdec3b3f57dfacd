import { BaseRpcContext } from '@nestjs/microservices';
import type { ConsumeMessage } from 'amqplib';

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
    type: textOf(properties.type) ?? '',
    messageId: textOf(properties.messageId),
    correlationId: textOf(properties.correlationId),
    headers,
    redelivered: fields.redelivered,
    isReplay: isReplay(headers, queue),
  };
}

/**
 * Only who killed it last, and how, is the same on all brokers; counts are merged on RabbitMQ 3.10 and reset
 * on 4.x.
 */
export function isReplay(headers: Readonly<Record<string, unknown>>, queue: string): boolean {
  const deaths = headers['x-death'];
  const last: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  if (typeof last !== 'object' || last === null || !('queue' in last) || !('reason' in last)) return false;
  return last.queue === queue && (last.reason === 'rejected' || last.reason === 'delivery_limit');
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

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
