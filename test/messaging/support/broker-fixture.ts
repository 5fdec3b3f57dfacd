import { randomBytes } from 'node:crypto';
import { connect, type Channel, type ChannelModel, type GetMessage, type Options } from 'amqplib';
import { vi } from 'vitest';

interface Services {
  amqpUrl: string;
  managementUrl: string;
}

function servicesFromEnvironment(): Services {
  const { AMQP_URL: amqpUrl, RABBITMQ_MANAGEMENT_URL: managementUrl } = process.env;
  if (!amqpUrl || !managementUrl) {
    throw new Error('AMQP_URL and RABBITMQ_MANAGEMENT_URL must name a RabbitMQ; `npm test` starts one');
  }
  return { amqpUrl, managementUrl };
}

/** A virtual host of its own on the real broker, and an outsider's view of it. */
export class BrokerFixture {
  private constructor(
    readonly url: string,
    readonly vhost: string,
    private readonly services: Services,
    private readonly model: ChannelModel,
    readonly channel: Channel,
  ) {}

  static async create(): Promise<BrokerFixture> {
    const services = servicesFromEnvironment();
    const vhost = `test-${randomBytes(6).toString('hex')}`;
    const target = new URL(services.amqpUrl);
    target.pathname = `/${vhost}`;
    await manage(services, 'PUT', `vhosts/${vhost}`);
    const user = encodeURIComponent(decodeURIComponent(target.username || 'guest'));
    await manage(services, 'PUT', `permissions/${vhost}/${user}`, {
      configure: '.*',
      write: '.*',
      read: '.*',
    });
    const model = await connect(target.href, { clientProperties: { connection_name: 'outsider' } });
    model.on('error', () => undefined);
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    return new BrokerFixture(target.href, vhost, services, model, channel);
  }

  async destroy(): Promise<void> {
    await this.model.close();
    await manage(this.services, 'DELETE', `vhosts/${this.vhost}`);
  }

  manage(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    return manage(this.services, method, path, body);
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

  /** Has the broker close every connection whose name ends like this, as an operator would. */
  async closeConnections(nameEnd: string): Promise<number> {
    const names = await this.connectionNames(nameEnd);
    for (const name of names) await this.manage('DELETE', `connections/${encodeURIComponent(name)}`);
    return names.length;
  }

  /** The broker lists a connection some seconds after it was made. */
  async untilListed(nameEnd: string): Promise<void> {
    await until(async () => (await this.connectionNames(nameEnd)).length > 0);
  }

  /** What the management UI does when somebody presses "Move messages". */
  async moveMessages(from: string, to: string): Promise<void> {
    const uri = 'amqp:///' + encodeURIComponent(this.vhost);
    await this.manage('PUT', `parameters/shovel/${this.vhost}/move-${randomBytes(4).toString('hex')}`, {
      value: {
        'src-uri': uri,
        'src-queue': from,
        'src-protocol': 'amqp091',
        'src-prefetch-count': 1000,
        'src-delete-after': 'queue-length',
        'dest-protocol': 'amqp091',
        'dest-uri': uri,
        'dest-queue': to,
        'dest-add-forward-headers': false,
        'ack-mode': 'on-confirm',
      },
    });
  }

  private async connectionNames(nameEnd: string): Promise<string[]> {
    const list = await this.manage('GET', `vhosts/${this.vhost}/connections`);
    if (!Array.isArray(list)) throw new Error('the management API did not answer with a list');
    return list
      .filter((entry) => String(entry.client_properties?.connection_name ?? '').endsWith(nameEnd))
      .map((entry) => String(entry.name));
  }
}

/** Waits for a condition, never for a time. */
export const until = (condition: () => boolean | Promise<boolean>, timeout = 20_000): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await condition())) throw new Error(`not yet: ${condition.toString()}`);
    },
    { timeout, interval: 20 },
  );

async function manage(
  { managementUrl }: Services,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const target = new URL(managementUrl);
  const credentials = `${decodeURIComponent(target.username || 'guest')}:${decodeURIComponent(target.password || 'guest')}`;
  target.username = target.password = '';
  const response = await fetch(new URL(`/api/${path}`, target), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} /api/${path}: ${response.status} ${text.slice(0, 200)}`);
  return text === '' ? undefined : JSON.parse(text);
}
