import type { QueueDeclaration } from '@app/contracts';
import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel } from 'amqplib';
import { QueueMismatch } from './errors.js';

const PRECONDITION_FAILED = 406;
const OTHER_DELIVERY_LIMIT = /inequivalent arg 'x-delivery-limit' .* current is '(?<current>\d+)'/;

const logger = new Logger('Queues');

/**
 * Dead-letter targets before the queues that name them: a work queue whose target is missing keeps its dead
 * letters back for minutes.
 */
export function declarationOrder(queues: readonly QueueDeclaration[]): QueueDeclaration[] {
  const targets = new Set(queues.map((queue) => queue.arguments['x-dead-letter-routing-key']));
  return queues.toSorted((a, b) => Number(targets.has(b.name)) - Number(targets.has(a.name)));
}

/**
 * Makes sure that the queues exist with these arguments; throws `QueueMismatch` for one that has others. Only a work
 * queue may have another delivery limit, with a warning: it says when a message is dead-lettered, and loses none.
 */
export async function declareQueues(
  connection: Pick<ChannelModel, 'createChannel'>,
  queues: readonly QueueDeclaration[],
): Promise<void> {
  if (queues.length === 0) return;
  let channel = await openChannel(connection);
  for (const queue of declarationOrder(queues)) {
    const refusal = await declare(channel, queue);
    if (!refusal) continue;
    const limit = otherLimit(queue, refusal);
    if (limit === undefined) throw new QueueMismatch(queue.name, refusal);
    // The refusal closed the channel.
    channel = await openChannel(connection);
    const asItIs = { ...queue, arguments: { ...queue.arguments, 'x-delivery-limit': limit } };
    const otherwise = await declare(channel, asItIs);
    if (otherwise) throw new QueueMismatch(queue.name, otherwise);
    logger.warn('a queue has another delivery limit', { queue: queue.name, limit });
  }
  await channel.close();
}

/** What the broker answers if a queue of that name has other arguments. */
async function declare(
  channel: Channel,
  { name, arguments: wanted }: QueueDeclaration,
): Promise<Error | undefined> {
  try {
    await channel.assertQueue(name, { durable: true, arguments: wanted });
    return undefined;
  } catch (error) {
    if (error instanceof Error && replyCodeOf(error) === PRECONDITION_FAILED) return error;
    throw error;
  }
}

/** The delivery limit of the queue that is there, if it was refused for that and may keep it. */
function otherLimit(queue: QueueDeclaration, { message }: Error): number | undefined {
  // A dead-letter queue has nowhere to put what it gives up.
  if (!('x-dead-letter-routing-key' in queue.arguments)) return undefined;
  const limit = OTHER_DELIVERY_LIMIT.exec(message)?.groups?.['current'];
  return limit === undefined ? undefined : Number(limit);
}

async function openChannel(connection: Pick<ChannelModel, 'createChannel'>): Promise<Channel> {
  const channel = await connection.createChannel();
  // Without a listener a refused declaration would end the whole connection; the promise reports it.
  channel.on('error', () => undefined);
  return channel;
}

/** The AMQP reply code of an error of the client library. */
export function replyCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
