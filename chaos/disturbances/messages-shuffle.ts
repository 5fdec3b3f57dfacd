import type { Message } from 'amqplib';
import type { Random } from '../plan/random.js';
import { WORK_QUEUES, type BrokerHand } from '../system/broker-hand.js';
import type { Disturbance } from './disturbance.js';

const AT_A_TIME = 8;
const INTERCEPTION = { limit: AT_A_TIME, holdMs: 800, patienceMs: 4_000 };
const REMEMBERED = 30;

/** Messages that were delivered long ago, and come once more; by the queue that they came through. */
const earlier = new Map<string, Message[]>();

/** Publishes what comes to the work queues twice and in another order, and with it some that were dealt with before. */
export const messagesShuffle: Disturbance = {
  kind: 'messages_shuffle',
  run: async ({ broker }, random) => {
    const shuffled = await Promise.all(WORK_QUEUES.map((queue) => shuffle(broker, queue, random)));
    const sum = (of: (one: Shuffled) => number): number => shuffled.reduce((all, one) => all + of(one), 0);
    const doubled = sum(({ taken }) => taken);
    return { hit: doubled > 0, detail: `${doubled} doubled, ${sum(({ old }) => old)} old ones repeated` };
  },
};

interface Shuffled {
  taken: number;
  old: number;
}

async function shuffle(broker: BrokerHand, queue: string, random: Random): Promise<Shuffled> {
  const known = earlier.get(queue) ?? [];
  const old = random.shuffled(known).slice(0, AT_A_TIME);
  const taken = await broker
    .intercept(queue, INTERCEPTION, (messages) => random.shuffled([...messages, ...messages, ...old]))
    // Without its broker the client has nothing to shuffle; what it had taken goes back to the queue.
    .catch((): Message[] => []);
  earlier.set(queue, [...taken, ...known].slice(0, REMEMBERED));
  return { taken: taken.length, old: old.length };
}
