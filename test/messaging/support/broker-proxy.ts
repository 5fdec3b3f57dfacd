import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  client: Socket;
  broker: Socket;
}

/** The frame by which a broker says that it takes no messages (class 10, method 60). */
const blockedFrame = (reason: string): Buffer =>
  methodFrame(60, Buffer.from([reason.length, ...Buffer.from(reason)]));
const unblockedFrame = (): Buffer => methodFrame(61, Buffer.alloc(0));

function methodFrame(method: number, args: Buffer): Buffer {
  const frame = Buffer.alloc(7 + 4 + args.length + 1);
  frame.writeUInt8(1, 0);
  frame.writeUInt16BE(0, 1);
  frame.writeUInt32BE(4 + args.length, 3);
  frame.writeUInt16BE(10, 7);
  frame.writeUInt16BE(method, 9);
  args.copy(frame, 11);
  frame.writeUInt8(0xce, frame.length - 1);
  return frame;
}

/** A network between us and the real broker that can be slow, mute or gone. */
export class BrokerProxy {
  readonly #links = new Set<Link>();
  readonly #target: URL;
  readonly #server: Server;
  #port = 0;
  #isMute = false;
  #isDeaf = false;

  private constructor(brokerUrl: string) {
    this.#target = new URL(brokerUrl);
    this.#server = createServer((client) => this.#link(client));
  }

  static async listen(brokerUrl: string): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(brokerUrl);
    await proxy.open();
    return proxy;
  }

  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  /** Accepts connections; after `close()`, on the same port as before. */
  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    this.#port = address.port;
  }

  /** The broker is gone: connections break, new ones are refused. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  cut(): void {
    for (const { client, broker } of this.#links) {
      client.destroy();
      broker.destroy();
    }
  }

  /** What the broker says does not arrive. */
  mute(isMute: boolean): void {
    this.#isMute = isMute;
    for (const { broker } of this.#links) {
      if (isMute) broker.pause();
      else broker.resume();
    }
  }

  /** What the client says does not arrive. */
  deafen(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
    for (const { client } of this.#links) {
      if (isDeaf) client.pause();
      else client.resume();
    }
  }

  block(reason: string): void {
    for (const { client } of this.#links) client.write(blockedFrame(reason));
  }

  unblock(): void {
    for (const { client } of this.#links) client.write(unblockedFrame());
  }

  #link(client: Socket): void {
    const broker = connect(Number(this.#target.port || 5672), this.#target.hostname);
    const link = { client, broker };
    this.#links.add(link);
    client.on('data', (chunk) => broker.write(chunk));
    broker.on('data', (chunk) => client.write(chunk));
    if (this.#isMute) broker.pause();
    if (this.#isDeaf) client.pause();
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#links.delete(link);
        other.destroy();
      });
    }
  }
}
