import { Duplex } from 'node:stream';
import { type ChannelModel, connect } from 'amqplib';

const HEARTBEAT_SECONDS = 10;
const CONNECT_TIMEOUT_MS = 10_000;

/** Connects once, with a name for the broker's list of connections. */
export async function openConnection(url: string, name: string): Promise<ChannelModel> {
  const model = await connect(withHeartbeat(url), {
    timeout: CONNECT_TIMEOUT_MS,
    noDelay: true,
    keepAlive: true,
    clientProperties: { connection_name: name },
  });
  // After a frame that it cannot read, the client library lets go of the socket without closing it: the broker would
  // wait for heartbeats, half a minute, before it gives what was delivered to somebody else.
  model.on('close', (error) => {
    if (error) destroySocket(model);
  });
  return model;
}

function destroySocket({ connection }: ChannelModel): void {
  if ('stream' in connection && connection.stream instanceof Duplex) connection.stream.destroy();
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.href;
}
