import { connect, type Channel, type ChannelModel, type GetMessage, type Options } from 'amqplib';
import { vi } from 'vitest';
import { managementCall } from '../../../sandbox/services/rabbitmq-management.js';
import { publishRaw } from './raw-message.js';
import { createTestVhost, testServices, type TestVhost } from '../../support/services.js';

/** A virtual host of its own on the real broker, and an outsider's view of it. */
export class BrokerFixture {
  private constructor(
    private readonly home: TestVhost,
    private readonly model: ChannelModel,
    readonly channel: Channel,
  ) {}

  static async create(): Promise<BrokerFixture> {
    return BrokerFixture.at(await createTestVhost());
  }

  /** On a virtual host that is there already. */
  static async at(home: TestVhost): Promise<BrokerFixture> {
    const model = await connect(home.url, { clientProperties: { connection_name: 'outsider' } });
    model.on('error', () => undefined);
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    return new BrokerFixture(home, model, channel);
  }

  get url(): string {
    return this.home.url;
  }

  get vhost(): string {
    return this.home.name;
  }

  async destroy(): Promise<void> {
    await this.model.close();
    await this.home.remove();
  }

  async manage(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const answer = await managementCall(testServices().managementUrl, method, `/api/${path}`, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /api/${path}: status ${answer.status}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  send(queue: string, content: string | Buffer, options: Options.Publish = {}): void {
    this.channel.sendToQueue(queue, Buffer.from(content), { persistent: true, ...options });
  }

  sendJob(queue: string, n: number, options: Options.Publish = {}): void {
    this.send(queue, JSON.stringify({ n }), { type: 'job.v1', messageId: `m${n}`, ...options });
  }

  async ready(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  async consumers(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).consumerCount;
  }

  async untilReady(queue: string, count: number): Promise<void> {
    await until(async () => (await this.ready(queue)) === count);
  }

  async untilConsumers(queue: string, count: number): Promise<void> {
    await until(async () => (await this.consumers(queue)) === count);
  }

  /** All that waits in a queue, taken out of it. */
  async takeAll(queue: string): Promise<GetMessage[]> {
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await this.channel.get(queue, { noAck: true });
      if (!message) return messages;
      messages.push(message);
    }
  }

  /** Has the broker close every connection whose name starts like this, as an operator would. */
  async closeConnections(nameStart: string): Promise<number> {
    const names = await this.connectionNames(nameStart);
    for (const name of names) await this.manage('DELETE', `connections/${encodeURIComponent(name)}`);
    return names.length;
  }

  /** The broker lists a connection some seconds after it was made. */
  async untilListed(nameStart: string): Promise<void> {
    await until(async () => (await this.connectionNames(nameStart)).length > 0);
  }

  /** Publishes a header table that the client library would not encode. */
  sendRaw(queue: string, table: Buffer, content: string): void {
    publishRaw(this.model, this.channel, queue, table, Buffer.from(content));
  }

  /** Presses "Move messages" on the page of a queue, and waits until all that was in it has been moved. */
  async moveMessages(from: string, to: string): Promise<void> {
    await this.startMove(from, to);
    await until(async () => !(await this.moving(from)));
  }

  /**
   * The request of the management UI's form: a shovel that always has the same name, and is gone when it has moved as many
   * messages as were ready when it began. Whoever takes some of them meanwhile leaves it waiting for others.
   */
  async startMove(from: string, to: string): Promise<void> {
    const uri = `amqp:///${encodeURIComponent(this.vhost)}`;
    await this.manage('PUT', this.shovelOf(from), {
      component: 'shovel',
      vhost: this.vhost,
      name: moveOf(from),
      value: {
        'src-uri': uri,
        'src-queue': from,
        'src-protocol': 'amqp091',
        'src-prefetch-count': 1000,
        'src-delete-after': 'queue-length',
        'dest-protocol': 'amqp091',
        'dest-uri': uri,
        'dest-add-forward-headers': false,
        'ack-mode': 'on-confirm',
        'dest-queue': to,
        'src-consumer-args': {},
      },
    });
  }

  async moving(from: string): Promise<boolean> {
    const shovels = await this.manage('GET', `parameters/shovel/${this.vhost}`);
    if (!Array.isArray(shovels)) throw new Error('the management API did not answer with a list');
    return shovels.some(({ name }) => name === moveOf(from));
  }

  /** What an operator does with a move that still waits: deletes its shovel. */
  async endMove(from: string): Promise<void> {
    if (!(await this.moving(from))) return;
    await this.manage('DELETE', this.shovelOf(from));
    await this.untilConsumers(from, 0);
  }

  private shovelOf(from: string): string {
    return `parameters/shovel/${this.vhost}/${encodeURIComponent(moveOf(from))}`;
  }

  private async connectionNames(nameStart: string): Promise<string[]> {
    const list = await this.manage('GET', `vhosts/${this.vhost}/connections`);
    if (!Array.isArray(list)) throw new Error('the management API did not answer with a list');
    return list
      .filter((entry) => String(entry.client_properties?.connection_name ?? '').startsWith(nameStart))
      .map((entry) => String(entry.name));
  }
}

const moveOf = (queue: string): string => `Move from ${queue}`;

/** Waits for a condition, never for a time. */
export const until = (condition: () => boolean | Promise<boolean>, timeout = 20_000): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error(`not yet: ${condition.toString()}`);
    },
    { timeout, interval: 20 },
  );
