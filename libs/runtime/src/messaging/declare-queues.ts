import type { QueueDeclaration } from '@app/contracts';
import type { ChannelModel } from 'amqplib';
import { QueueMismatch } from './errors.js';

const PRECONDITION_FAILED = 406;

/**
 * Dead-letter targets before the queues that name them: a work queue whose target is missing keeps its dead
 * letters back for minutes.
 */
export function declarationOrder(queues: readonly QueueDeclaration[]): QueueDeclaration[] {
  const targets = new Set(queues.map((queue) => queue.arguments['x-dead-letter-routing-key']));
  return queues.toSorted((a, b) => Number(targets.has(b.name)) - Number(targets.has(a.name)));
}

/** Makes sure that the queues exist with exactly these arguments. */
export async function declareQueues(
  connection: Pick<ChannelModel, 'createChannel'>,
  queues: readonly QueueDeclaration[],
): Promise<void> {
  if (queues.length === 0) return;
  const channel = await connection.createChannel();
  // Without a listener a refused declaration would end the whole connection; the promise reports it.
  channel.on('error', () => undefined);
  for (const queue of declarationOrder(queues)) {
    try {
      await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
    } catch (error) {
      if (replyCodeOf(error) === PRECONDITION_FAILED) throw new QueueMismatch(queue.name, error);
      throw error;
    }
  }
  await channel.close();
}

/** The AMQP reply code of an error of the client library. */
export function replyCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
