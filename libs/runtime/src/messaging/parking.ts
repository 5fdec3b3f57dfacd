import { MessageHeader, type QueueDeclaration } from '@app/contracts';
import type { ConsumeMessage } from 'amqplib';
import { headerFacts } from './message-facts.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { Publisher } from './publisher.js';

/** AMQP's limit is 255 bytes, and a character that was no UTF-8 has become three. */
const MAX_CHARACTERS = 80;

/** A copy for the dead-letter queue: the same body, and of the headers only what we would have written. */
export function parkedCopy({ content, properties }: ConsumeMessage, deadQueue: string): OutgoingMessage {
  const { operationId, releaseNo, attempt } = headerFacts(properties.headers ?? {});
  return {
    queue: deadQueue,
    type: shortText(properties.type) ?? '',
    body: content,
    correlationId: shortText(properties.correlationId),
    headers: {
      ...(operationId !== undefined && { [MessageHeader.operationId]: operationId }),
      ...(releaseNo !== undefined && { [MessageHeader.releaseNo]: releaseNo }),
      ...(attempt !== undefined && { [MessageHeader.attempt]: attempt }),
    },
  };
}

/** Puts deliveries that the broker must not dead-letter itself into the dead-letter queue of their queue. */
export function parking(publisher: Publisher, queues: readonly QueueDeclaration[]) {
  const deadQueues = new Map(
    queues.map(({ name, arguments: { 'x-dead-letter-routing-key': to } }) => [name, to]),
  );
  return async (message: ConsumeMessage, queue: string): Promise<void> => {
    const deadQueue = deadQueues.get(queue);
    if (typeof deadQueue !== 'string') throw new Error(`${queue} has no dead-letter queue`);
    await publisher.publish(parkedCopy(message, deadQueue));
  };
}

const shortText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : undefined;
