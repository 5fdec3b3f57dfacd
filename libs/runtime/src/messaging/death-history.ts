import { z } from 'zod';

type Headers = Readonly<Record<string, unknown>>;

const Death = z.looseObject({
  queue: z.string(),
  reason: z.string(),
  exchange: z.string(),
  count: z.int().positive(),
  'routing-keys': z.array(z.string()).optional(),
});
const DeathHistory = z.array(Death).min(1);

export interface LastDeath {
  queue: string;
  reason: string;
}

/**
 * Who killed a message last, and how: all that is the same on all brokers. Counts are merged on RabbitMQ 3.10
 * and reset on 4.x.
 */
export function lastDeath(headers: Headers): LastDeath | undefined {
  const deaths = headers['x-death'];
  const last: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  if (typeof last !== 'object' || last === null || !('queue' in last) || !('reason' in last))
    return undefined;
  const { queue, reason } = last;
  return typeof queue === 'string' && typeof reason === 'string' ? { queue, reason } : undefined;
}

/**
 * Whether the broker can add a death to the message's history. A stranger may write `x-death` as well, and
 * RabbitMQ 3.10 does not survive one of another shape: the process that dead-letters crashes on the message again
 * and again, and takes the dead-lettering of every queue of the node with it.
 */
export function canBeDeadLettered(headers: Headers): boolean {
  return headers['x-death'] === undefined || DeathHistory.safeParse(headers['x-death']).success;
}
