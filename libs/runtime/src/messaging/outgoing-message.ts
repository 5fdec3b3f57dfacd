import type { Options } from 'amqplib';
import { newId } from '../ids.js';

/** A message for one queue. The body is small JSON of ids: never a spec, never a secret. */
export interface OutgoingMessage {
  queue: string;
  /** Which handler it is for, e.g. `site.converge.v1`. */
  type: string;
  /** Sent as JSON; bytes are sent as they are. */
  body: unknown;
  /** New per publication; the outbox row's id. */
  messageId?: string;
  correlationId?: string | undefined;
  /** Ours only; what the broker wrote into a message that we received is dropped. */
  headers?: Readonly<Record<string, string | number | boolean>>;
}

/** Headers that belong to the broker: it counts deaths and deliveries in them and believes what it finds. */
const BROKER_HEADER = /^x-(death|first-death-.*|last-death-.*|delivery-count|acquired-count)$/i;

/** A message as it goes on the wire: persistent, and given back when there is no such queue. */
export function encodeMessage(message: OutgoingMessage, appId: string, now: number) {
  const headers: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (!BROKER_HEADER.test(name)) headers[name] = value;
  }
  const options = {
    mandatory: true,
    persistent: true,
    contentType: 'application/json',
    messageId: message.messageId ?? newId(),
    type: message.type,
    timestamp: now,
    appId,
    headers,
    ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
  } satisfies Options.Publish;
  const { body } = message;
  return { content: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)), options };
}
