import type { ParkedMessage } from '@app/ledger';
import type { Broker, DeadMessage } from '@app/runtime';
import { describe, expect, it } from 'vitest';
import { DeadQueueJanitor } from './dead-queue-janitor.js';

const QUEUE = 'sitewright.cato.site';
const OTHER = 'sitewright.versa.site';

function janitor(over: { sweep?: Broker['sweepDeadQueue']; queues?: string[] } = {}) {
  const swept: string[] = [];
  const judged: ParkedMessage[] = [];
  const asked: Date[] = [];
  let closed = over.queues ?? [];
  const subject = new DeadQueueJanitor({
    workQueues: [QUEUE, OTHER],
    broker: {
      sweepDeadQueue:
        over.sweep ??
        (async (queue, judge) => {
          swept.push(queue);
          const message: DeadMessage = {
            queue,
            type: 'x',
            messageId: undefined,
            operationId: undefined,
            releaseNo: undefined,
            contentHash: Buffer.from('hash'),
            death: { queue: QUEUE, reason: 'rejected' },
          };
          await judge([message]);
          return { waiting: 1, judged: 1, removed: 0 };
        }),
    },
    deadLetters: {
      closedSince: async (moment) => {
        asked.push(moment);
        return { queues: closed, until: new Date(asked.length) };
      },
      verdictsOn: async (messages) => {
        judged.push(...messages);
        return messages.map(() => 'keep' as const);
      },
    },
  });
  return { subject, swept, judged, asked, close: (queues: string[]) => (closed = queues) };
}

describe('the janitor of the dead-letter queues', () => {
  it('sweeps all of them first, and then those in which something was closed', async () => {
    const { subject, swept, asked, close } = janitor();
    await subject.clean();
    expect(swept).toEqual([`${QUEUE}.dead`, `${OTHER}.dead`]);
    await subject.clean();
    expect(swept).toHaveLength(2);
    close([OTHER]);
    await subject.clean();
    expect(swept.slice(2)).toEqual([`${OTHER}.dead`]);
    expect(asked.slice(1)).toEqual([new Date(1), new Date(2)]);
  });

  it('has the ledger judge messages as those of their work queue', async () => {
    const { subject, judged } = janitor();
    await subject.clean();
    expect(judged[0]).toEqual({
      queue: QUEUE,
      operationId: undefined,
      releaseNo: undefined,
      contentHash: Buffer.from('hash'),
      death: 'rejected',
    });
  });

  it('tries again what did not work, and never throws', async () => {
    let attempts = 0;
    const { subject, asked } = janitor({
      sweep: async () => {
        attempts += 1;
        throw new Error('the broker is away');
      },
    });
    await subject.clean();
    await subject.clean();
    expect(attempts).toBe(2);
    expect(asked[1]).toEqual(asked[0]);
  });
});
