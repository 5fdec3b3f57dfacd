import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { type LastDeath, lastDeath } from './death-history.js';
import { replyCodeOf } from './declare-queues.js';
import { QueueMissing, SweepInterrupted } from './errors.js';
import { contentHash, headerFacts, printable } from './message-facts.js';
import { pause, settledWithin } from './waiting.js';

/** What one pass holds at most; the facts of so many messages are a few megabytes, their bodies are not kept. */
const MAX_HELD = 10_000;
const BATCH = 500;
const NOT_FOUND = 404;
const HOLD_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 5;
/** How often nothing new may be seen before what is missing counts as somebody else's. */
const IDLE_LOOKS = 3;
const CLOSE_TIMEOUT_MS = 2_000;

/** A message that lies in a dead-letter queue. */
export interface DeadMessage {
  /** The dead-letter queue. */
  queue: string;
  type: string;
  messageId: string | undefined;
  /** Undefined unless it is an id that we could have written. */
  operationId: string | undefined;
  releaseNo: number | undefined;
  /** SHA-256 of the body. */
  contentHash: Buffer;
  /** Where it was dead-lettered last, and why; undefined for one that somebody put here. */
  death: LastDeath | undefined;
}

export type DeadMessageVerdict = 'keep' | 'remove';

/** One verdict per message, in their order. */
export type DeadMessageJudge = (messages: readonly DeadMessage[]) => Promise<readonly DeadMessageVerdict[]>;

export interface SweepOptions {
  /** Ends the sweep early; what was not removed by then stays. */
  signal?: AbortSignal | undefined;
  maxHeld?: number | undefined;
}

export interface SweepReport {
  /** Messages in the queue at the start. */
  waiting: number;
  judged: number;
  /** Messages that the broker was told to forget; a connection that breaks then may bring some of them back. */
  removed: number;
}

interface Held {
  /** All that the client library needs of a message to acknowledge it. */
  receipt: ConsumeMessage;
  facts: DeadMessage;
}

/**
 * Goes once through the messages that wait in a dead-letter queue and removes those that the judge gives up. What
 * stays returns to its place when the channel is closed.
 *
 * A consumer with a window as large as the queue, not `basic.get`: RabbitMQ 3.10 returns messages that were got one
 * by one in any order, and takes seconds for what a consumer gets in milliseconds. While they are held the messages
 * are not ready, so whoever moves messages in that moment misses them and has to move again. Each return counts
 * towards the queue's delivery limit of a million: a sweep every minute reaches it in two years, one every second
 * in twelve days. Sweep when there is something to remove.
 *
 * In a queue longer than `maxHeld` only the oldest are seen: what lies behind so many that stay is not removed before
 * some of those are gone. There the order may change too: what came in the place of a removed one returns first.
 *
 * @throws QueueMissing
 * @throws SweepInterrupted when the broker went away; what was not removed is in the queue again
 */
export async function sweepDeadQueue(
  connection: Pick<ChannelModel, 'createChannel'>,
  queue: string,
  judge: DeadMessageJudge,
  { signal, maxHeld = MAX_HELD }: SweepOptions = {},
): Promise<SweepReport> {
  const lost = new AbortController();
  const over = signal ? AbortSignal.any([lost.signal, signal]) : lost.signal;
  let channel: Channel | undefined;
  try {
    channel = await connection.createChannel();
    channel.on('error', () => undefined);
    channel.on('close', () => lost.abort());
    const { messageCount: waiting } = await channel.checkQueue(queue);
    if (waiting === 0) return { waiting, judged: 0, removed: 0 };
    const { held, consumerTag } = await hold(channel, queue, Math.min(waiting, maxHeld), over);
    const done = await removeJudged(channel, held, judge, over);
    // The broker keeps back acknowledgements that come fast, and forgets them if the channel closes before it passed
    // them on. Cancelling now waits for the queue itself, and the next answer comes after it has passed them on.
    await channel.cancel(consumerTag);
    await channel.checkQueue(queue);
    return { waiting, ...done };
  } catch (error) {
    if (replyCodeOf(error) === NOT_FOUND) throw new QueueMissing(queue, error);
    if (channel === undefined || lost.signal.aborted) throw new SweepInterrupted(queue, error);
    throw error;
  } finally {
    if (channel && !lost.signal.aborted) await settledWithin(channel.close(), CLOSE_TIMEOUT_MS);
  }
}

/** Takes up to so many messages out of the queue without settling them. */
async function hold(channel: Channel, queue: string, count: number, over: AbortSignal) {
  const held: Held[] = [];
  await channel.prefetch(count);
  const { consumerTag } = await channel.consume(queue, (message) => {
    // What comes in the place of a removed one is not looked at, and returns with the rest.
    if (message && held.length < count)
      held.push({ receipt: receiptOf(message), facts: factsOf(message, queue) });
  });
  const until = performance.now() + HOLD_LIMIT_MS;
  let idleLooks = 0;
  while (held.length < count && idleLooks < IDLE_LOOKS && performance.now() < until && !over.aborted) {
    const before = held.length;
    await pause(LOOK_AGAIN_MS, over);
    // Another sweep or a shovel may have some of them.
    const { messageCount } = await channel.checkQueue(queue);
    idleLooks = messageCount === 0 && held.length === before ? idleLooks + 1 : 0;
  }
  return { held, consumerTag };
}

async function removeJudged(
  channel: Channel,
  held: readonly Held[],
  judge: DeadMessageJudge,
  over: AbortSignal,
): Promise<Pick<SweepReport, 'judged' | 'removed'>> {
  let judged = 0;
  let removed = 0;
  while (judged < held.length && !over.aborted) {
    const batch = held.slice(judged, judged + BATCH);
    const verdicts = await judge(batch.map(({ facts }) => facts));
    if (verdicts.length !== batch.length) throw new Error('there must be one verdict per dead message');
    for (const [index, { receipt }] of batch.entries()) {
      if (verdicts[index] !== 'remove') continue;
      channel.ack(receipt);
      removed++;
    }
    judged += batch.length;
  }
  return { judged, removed };
}

const receiptOf = ({ fields, properties }: ConsumeMessage): ConsumeMessage => ({
  fields,
  properties,
  content: Buffer.alloc(0),
});

function factsOf({ properties, content }: ConsumeMessage, queue: string): DeadMessage {
  const headers = properties.headers ?? {};
  const { operationId, releaseNo } = headerFacts(headers);
  return {
    queue,
    type: printable(properties.type) ?? '',
    messageId: printable(properties.messageId),
    operationId,
    releaseNo,
    contentHash: contentHash(content),
    death: lastDeath(headers),
  };
}
