import type { Message } from 'amqplib';
import type { Disturbance } from './disturbance.js';

const AT_A_TIME = 8;
const INTERCEPTION = { limit: AT_A_TIME, holdMs: 800, patienceMs: 4_000 };
const REMEMBERED = 30;

/** Messages that were delivered long ago, and come once more. */
const earlier: Message[] = [];

/** Publishes what comes to the work queue twice and in another order, and with it some that were dealt with before. */
export const messagesShuffle: Disturbance = {
  kind: 'messages_shuffle',
  run: async ({ broker }, random) => {
    const old = random.shuffled(earlier).slice(0, AT_A_TIME);
    const taken = await broker
      .intercept(INTERCEPTION, (messages) => random.shuffled([...messages, ...messages, ...old]))
      // Without its broker the client has nothing to shuffle; what it had taken goes back to the queue.
      .catch((): Message[] => []);
    earlier.unshift(...taken);
    earlier.splice(REMEMBERED);
    return { hit: taken.length > 0, detail: `${taken.length} doubled, ${old.length} old ones repeated` };
  },
};
