import type { GetMessage } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Disturbance } from './disturbance.js';

const AT_A_TIME = 8;
const TAKES = 25;
const PAUSE_MS = 40;
const REMEMBERED = 30;

/** Messages that were delivered long ago, and come once more. */
const earlier: GetMessage[] = [];

/** Publishes what waits in the work queue twice and in another order, and with it some that were dealt with before. */
export const messagesShuffle: Disturbance = {
  kind: 'messages_shuffle',
  run: async ({ broker }, random) => {
    let doubled = 0;
    let repeated = 0;
    for (let take = 0; take < TAKES; take += 1) {
      const taken = await broker
        .rearrange(AT_A_TIME, (messages) => {
          const old = take === 0 ? random.shuffled(earlier).slice(0, AT_A_TIME) : [];
          repeated += old.length;
          return random.shuffled([...messages, ...messages, ...old]);
        })
        // Without its broker the client has nothing to shuffle; what it had taken is still there.
        .catch((): GetMessage[] => []);
      doubled += taken.length;
      earlier.unshift(...taken);
      earlier.splice(REMEMBERED);
      if (doubled >= AT_A_TIME) break;
      await sleep(PAUSE_MS);
    }
    return { hit: doubled + repeated > 0, detail: `${doubled} doubled, ${repeated} old ones repeated` };
  },
};
