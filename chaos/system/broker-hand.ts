import { connect, type ConfirmChannel, type GetMessage, type Message } from 'amqplib';
import { z } from 'zod';
import { deadQueueOf, workQueue } from '@app/contracts';
import { managementCall } from '../../sandbox/services/rabbitmq-management.js';

/** Where the load's work goes: sites, single devices, and batches of them. */
export const WORK_QUEUES = (['site', 'device', 'bulk'] as const).map((lane) => workQueue('cato', lane));

/** A queue tells of itself every half second, and later on a busy machine. */
export const REPORT_AGE_MS = 1_500;

export interface QueueDepth {
  name: string;
  ready: number;
  unacknowledged: number;
}

const Connections = z.array(
  z.object({ name: z.string(), vhost: z.string(), client_properties: z.looseObject({}).optional() }),
);
const Queues = z.array(
  z.looseObject({
    name: z.string(),
    messages_ready: z.number().default(0),
    messages_unacknowledged: z.number().default(0),
  }),
);

interface Interception {
  limit: number;
  /** Milliseconds from the first message on that the others are waited for. */
  holdMs: number;
  /** Milliseconds that the first one is waited for. */
  patienceMs: number;
}

type Copy = Pick<Message, 'content' | 'properties'>;

function publish(channel: ConfirmChannel, queue: string, { content, properties }: Copy): void {
  const options = Object.entries(properties).filter(([, value]) => value !== undefined);
  channel.publish('', queue, content, Object.fromEntries(options));
}

/** Without an acknowledgement. */
async function takeAll(channel: ConfirmChannel, queue: string): Promise<GetMessage[]> {
  const taken: GetMessage[] = [];
  for (;;) {
    const message = await channel.get(queue);
    if (message === false) return taken;
    taken.push(message);
  }
}

/** What can be done to a broker from outside the services. */
export class BrokerHand {
  readonly #vhost: string;

  constructor(
    private readonly amqpUrl: string,
    private readonly managementUrl: string,
  ) {
    this.#vhost = decodeURIComponent(new URL(amqpUrl).pathname.slice(1)) || '/';
  }

  /** The queues of the system, as they were not longer than REPORT_AGE_MS ago. */
  async queues(): Promise<QueueDepth[]> {
    // Past the statistics of the management plugin, which lag behind the queues' own by five seconds more.
    const path = `/api/queues/${encodeURIComponent(this.#vhost)}?disable_stats=true&enable_queue_totals=true`;
    return Queues.parse(await this.#get(path)).map((queue) => ({
      name: queue.name,
      ready: queue.messages_ready,
      unacknowledged: queue.messages_unacknowledged,
    }));
  }

  async connections(): Promise<string[]> {
    const all = Connections.parse(await this.#get('/api/connections'));
    return all.filter(({ vhost }) => vhost === this.#vhost).map(({ name }) => name);
  }

  async closeConnection(name: string): Promise<void> {
    await managementCall(this.managementUrl, 'DELETE', `/api/connections/${encodeURIComponent(name)}`);
  }

  /**
   * Takes what comes through a work queue before any worker gets it, hands it to `rearrange`, publishes the
   * result and only then acknowledges.
   */
  async intercept(
    queue: string,
    { limit, holdMs, patienceMs }: Interception,
    rearrange: (taken: Message[]) => Copy[],
  ): Promise<Message[]> {
    return this.#withChannel(async (channel) => {
      const taken: Message[] = [];
      const gate = Promise.withResolvers<void>();
      const patience = setTimeout(gate.resolve, patienceMs);
      channel.on('close', gate.resolve);
      await channel.prefetch(limit);
      const { consumerTag } = await channel.consume(
        queue,
        (message) => {
          if (message === null) gate.resolve();
          else if (taken.push(message) === 1) setTimeout(gate.resolve, holdMs);
          if (taken.length === limit) gate.resolve();
        },
        // The workers consume without a priority: the broker hands out to them what this one has no room for.
        { priority: 1 },
      );
      await gate.promise;
      clearTimeout(patience);
      await channel.cancel(consumerTag);
      for (const message of rearrange(taken)) publish(channel, queue, message);
      await channel.waitForConfirms();
      for (const message of taken) channel.ack(message);
      return taken;
    });
  }

  /** As the management UI's "Move messages" does: those of the operation go back to their work queue as they are. */
  async moveBack(isMeant: (message: GetMessage) => boolean): Promise<number> {
    return this.#withChannel(async (channel) => {
      const found: GetMessage[] = [];
      for (const queue of WORK_QUEUES) {
        const meant = (await takeAll(channel, deadQueueOf(queue))).filter(isMeant);
        for (const message of meant) publish(channel, queue, message);
        found.push(...meant);
      }
      await channel.waitForConfirms();
      for (const message of found) channel.ack(message);
      return found.length;
    });
  }

  /** Everything in the dead-letter queues, which stays there. */
  async deadLetters(): Promise<GetMessage[]> {
    return this.#withChannel(async (channel) => {
      const found: GetMessage[] = [];
      // What was taken goes back as the channel closes.
      for (const queue of WORK_QUEUES) found.push(...(await takeAll(channel, deadQueueOf(queue))));
      return found;
    });
  }

  async #withChannel<Result>(use: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    const connection = await connect(this.amqpUrl, { clientProperties: { connection_name: 'chaos' } });
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      return await use(channel);
    } finally {
      await connection.close().catch(() => undefined);
    }
  }

  async #get(path: string): Promise<unknown> {
    const answer = await managementCall(this.managementUrl, 'GET', path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
    return answer.json();
  }
}
