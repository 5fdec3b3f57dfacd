import { z } from 'zod';

/** What kind of work a queue carries. */
export const Lane = z.enum(['site', 'device', 'bulk', 'drift']).meta({ id: 'Lane' });
export type Lane = z.infer<typeof Lane>;

/** A queue and the arguments that it is declared with; the arguments of a queue never change. */
export interface QueueDeclaration {
  name: string;
  arguments: Record<string, string | number>;
}

/** `sitewright.<vendor>.<lane>`: the work queue of a vendor's lane. */
export const workQueue = (vendor: string, lane: Lane): string => `sitewright.${vendor}.${lane}`;

/** `sitewright.<vendor>.<lane>.dead`: where the work queue's dead letters are parked. */
export const deadQueue = (vendor: string, lane: Lane): string => deadQueueOf(workQueue(vendor, lane));

export const deadQueueOf = (queue: string): string => `${queue}.dead`;

const WORK_QUEUE = /^sitewright\.([a-z0-9-]+)\.([a-z]+)$/;

/** Vendor and lane of a work queue. Throws when it is none of ours. */
export function laneOfQueue(queue: string): { vendor: string; lane: Lane } {
  const [, vendor, lane] = WORK_QUEUE.exec(queue) ?? [];
  if (vendor === undefined) throw new Error(`${queue} is not a work queue`);
  return { vendor, lane: Lane.parse(lane) };
}

/**
 * After how many deliveries without a settlement the broker gives a message up. It counts one for each consumer that is
 * lost with the message in hand; after a crash it finds its consumers dead one after the other, and each hands the
 * message on to the next. So one crash counts up to as many as a queue has consumers, which must be fewer than this.
 * What it is there for is a message that breaks the connection of whoever gets it.
 */
const WORK_DELIVERY_LIMIT = 500;

/** Looking at a dead letter counts as a delivery. */
const DEAD_DELIVERY_LIMIT = 1_000_000;

/**
 * The two queues of a vendor's lane, the dead one first: a work queue whose dead-letter target is missing
 * holds its dead letters back for minutes. Positive delivery limits only: `-1` destroys messages on RabbitMQ 3.10.
 */
export function laneQueues(vendor: string, lane: Lane): QueueDeclaration[] {
  const dead = deadQueue(vendor, lane);
  return [
    {
      name: dead,
      arguments: {
        'x-queue-type': 'quorum',
        'x-overflow': 'reject-publish',
        'x-delivery-limit': DEAD_DELIVERY_LIMIT,
      },
    },
    {
      name: workQueue(vendor, lane),
      arguments: {
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': dead,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
        'x-delivery-limit': WORK_DELIVERY_LIMIT,
      },
    },
  ];
}
