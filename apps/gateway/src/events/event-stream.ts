import { Readable } from 'node:stream';
import type { OperationEvent } from '@app/contracts';

/** An event as `text/event-stream` writes it. JSON has no line breaks, and no type of ours has one. */
const written = (event: OperationEvent): string =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** One client's stream of the events of one operation. It remembers what it has sent, and takes no more than it can. */
export class EventStream extends Readable {
  readonly operationId: string;
  /** Whose it is: nobody may have too many. */
  readonly holder: string;
  #after: string;
  #hasRoom = true;
  #isOver = false;

  constructor({
    operationId,
    after,
    holder,
  }: {
    operationId: string;
    /** The last event that the client knows; `0`: none. */
    after: string;
    holder: string;
  }) {
    super();
    this.operationId = operationId;
    this.holder = holder;
    this.#after = after;
    // The first bytes carry the headers to the client; after a break it is to come back in so many milliseconds.
    this.#send('retry: 2000\n\n');
  }

  get after(): string {
    return this.#after;
  }

  /** Whether there is more to come, and the client has read what it was sent. */
  get isWaiting(): boolean {
    return this.#hasRoom && !this.#isOver;
  }

  add(events: readonly OperationEvent[]): void {
    const last = events.at(-1);
    if (last === undefined || this.#isOver) return;
    this.#after = last.id;
    this.#send(events.map(written).join(''));
  }

  /** A comment: whoever is between us and the client sees that the connection lives. */
  beat(): void {
    if (this.isWaiting) this.#send(': still here\n\n');
  }

  /** Ends the stream after what it was given. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.push(null);
  }

  override _read(): void {
    this.#hasRoom = true;
  }

  #send(text: string): void {
    if (!this.destroyed) this.#hasRoom = this.push(text);
  }
}
