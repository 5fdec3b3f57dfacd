import { Duplex } from 'node:stream';
import type { Channel, ChannelModel } from 'amqplib';

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const BASIC = 60;
const PUBLISH = 40;
const HAS_HEADERS = 0x2000;

/** Publishes a header table that our own client library would not encode. */
export function publishRaw(
  model: ChannelModel,
  channel: Channel,
  queue: string,
  table: Buffer,
  body: Buffer,
): void {
  const { connection } = model;
  if (!('stream' in connection) || !(connection.stream instanceof Duplex)) throw new Error('no socket');
  if (!('ch' in channel) || typeof channel.ch !== 'number') throw new Error('no channel number');
  const method = Buffer.from([0, BASIC, 0, PUBLISH, 0, 0, 0, queue.length, ...Buffer.from(queue), 0]);
  const header = Buffer.alloc(18);
  header.writeUInt16BE(BASIC, 0);
  header.writeBigUInt64BE(BigInt(body.length), 4);
  header.writeUInt16BE(HAS_HEADERS, 12);
  header.writeUInt32BE(table.length, 14);
  connection.stream.write(
    Buffer.concat([
      frame(METHOD, channel.ch, method),
      frame(HEADER, channel.ch, Buffer.concat([header, table])),
      frame(BODY, channel.ch, body),
    ]),
  );
}

/** Tables within tables: `{a: {a: {a: …}}}`. */
export function nestedTable(depth: number): Buffer {
  const level = 7;
  const table = Buffer.alloc(depth * level);
  for (let n = 0; n < depth; n++) {
    table.write('\u0001aF', n * level, 'latin1');
    table.writeUInt32BE((depth - 1 - n) * level, n * level + 3);
  }
  return table;
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(payload.length + 8);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(payload.length, 3);
  payload.copy(bytes, 7);
  bytes.writeUInt8(0xce, bytes.length - 1);
  return bytes;
}
