import type { OperationEvents } from '@app/ledger';
import { Lifecycle } from '@app/runtime';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { TooManyStreams } from '../http/request-errors.js';
import { EventStream } from './event-stream.js';

export const OPERATION_EVENTS = Symbol('OperationEvents');

/** Between two looks at everything that is followed. */
const POLL_MS = 250;
/** Proxies close connections on which nothing has happened for a minute, some of them sooner. */
const HEARTBEAT_MS = 15_000;
/** Each is an open connection; the rest of the API has to go on, and so have the other clients. */
const MAX_STREAMS = 2_000;
const MAX_STREAMS_OF_KEY = 200;

/**
 * Follows operations for clients, with one query per tick however many clients follow. The workers are other
 * processes, so there is nothing to be told by.
 */
@Injectable()
export class EventStreams {
  private readonly logger = new Logger(EventStreams.name);
  private readonly streams = new Set<EventStream>();
  private isPolling = false;
  private lastBeat = 0;

  constructor(
    @Inject(OPERATION_EVENTS) private readonly events: Pick<OperationEvents, 'newer'>,
    private readonly lifecycle: Lifecycle,
  ) {
    lifecycle.draining.addEventListener('abort', () => this.endAll(), { once: true });
  }

  /**
   * The events of an operation after a known one, until it has ended, the client goes away or the process stops.
   * @throws TooManyStreams
   */
  open(options: { operationId: string; after: string; holder: string }): EventStream {
    this.assertRoom(options.holder);
    const stream = new EventStream(options);
    if (this.lifecycle.isDraining) {
      stream.finish();
      return stream;
    }
    stream.once('close', () => this.streams.delete(stream));
    this.streams.add(stream);
    this.startPolling();
    return stream;
  }

  /** How many are open at this moment. */
  get size(): number {
    return this.streams.size;
  }

  private assertRoom(holder: string): void {
    const ofHolder = [...this.streams].filter((stream) => stream.holder === holder).length;
    if (this.streams.size >= MAX_STREAMS || ofHolder >= MAX_STREAMS_OF_KEY) throw new TooManyStreams();
  }

  private endAll(): void {
    for (const stream of this.streams) stream.finish();
  }

  private startPolling(): void {
    if (this.isPolling) return;
    this.isPolling = true;
    this.lastBeat = performance.now();
    setTimeout(() => void this.tick(), POLL_MS);
  }

  private async tick(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      // The clients have what they have; the next look may succeed.
      this.logger.warn('followed operations could not be read', error);
    }
    this.beat();
    if (this.streams.size > 0) setTimeout(() => void this.tick(), POLL_MS);
    else this.isPolling = false;
  }

  private async look(): Promise<void> {
    const asked = [...this.streams].filter(({ isWaiting }) => isWaiting);
    if (asked.length === 0) return;
    const found = await this.events.newer(asked);
    asked.forEach((stream, index) => {
      const news = found[index];
      if (news === undefined) return;
      stream.add(news.events);
      if (news.isOver) stream.finish();
    });
  }

  private beat(): void {
    if (performance.now() - this.lastBeat < HEARTBEAT_MS) return;
    this.lastBeat = performance.now();
    for (const stream of this.streams) stream.beat();
  }
}
