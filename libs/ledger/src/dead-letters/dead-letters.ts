import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterReason,
  DeadLetterReplay,
  DeadLetterReplayReport,
  DeadLetterStatus,
  Lane,
  OperationError,
  OperationReleased,
  Page,
} from '@app/contracts';
import type { Requester } from '../resources/site-requests.js';

/** A caller's scope: undefined for a key of all customers, who alone see messages that belong to nobody. */
type Scope = string | undefined;

/** How many dead letters of a kind are open. */
export interface OpenDeadLetters {
  vendor: string;
  lane: Lane;
  reason: DeadLetterReason;
  count: number;
}

/** What operators do with dead letters. */
export interface DeadLetters {
  /** Newest first. */
  list(
    filter: DeadLetterFilter & { status?: DeadLetterStatus | undefined },
    page: { limit: number; cursor?: string | undefined },
    scope: Scope,
  ): Promise<Page<DeadLetter>>;
  /** @throws NotFound */
  get(id: string, scope: Scope): Promise<DeadLetter>;
  /**
   * Runs the operation again. One that was replayed or superseded before is answered as it is.
   * @throws NotFound
   * @throws NotReplayable when it was discarded, or belongs to no operation
   */
  replay(id: string, requester: Requester, scope: Scope): Promise<DeadLetter>;
  /** Replays all open ones that fit, or only counts them. */
  replayAll(replay: DeadLetterReplay, requester: Requester, scope: Scope): Promise<DeadLetterReplayReport>;
  /**
   * Closes it for good; the operation stays as it ended. Does nothing when it is closed already.
   * @throws NotFound
   */
  discard(id: string, reason: string, requester: Requester, scope: Scope): Promise<void>;
  /** The open ones of all customers, by kind; a kind without any is absent. */
  countOpen(): Promise<OpenDeadLetters[]>;
}

/** A delivery that is about to be dead-lettered because its handler threw, or there was none. */
export interface RejectedMessage {
  queue: string;
  /** What the message says of itself; a stranger's may say anything. */
  operationId: unknown;
  releaseNo: unknown;
  error: OperationError;
  /** SHA-256 of the body, which tells one unreadable message from another. */
  contentHash: Buffer;
}

/** A message as it lies in a dead-letter queue. */
export interface ParkedMessage {
  /** The work queue that it came from. */
  queue: string;
  operationId: string | undefined;
  releaseNo: number | undefined;
  contentHash: Buffer;
  /** The broker's word for how it got there; undefined when it does not say. */
  death: string | undefined;
}

/** What consumers do with dead letters. */
export interface DeadLetterDeliveries {
  /**
   * A released operation's message came back from the dead-letter queue: somebody moved it. Runs the operation again
   * if the message is that of its open dead letter.
   */
  replayDelivered(message: OperationReleased): Promise<'replayed' | 'superseded' | 'nothing'>;
  /** Before a delivery is dead-lettered: its operation, if it is still to be done, ends as failed. */
  recordRejected(message: RejectedMessage): Promise<void>;
  /**
   * Which messages of a dead-letter queue still stand for something: an open dead letter, or an operation that waits
   * for just this message. Records those that nobody knows.
   */
  verdictsOn(messages: readonly ParkedMessage[]): Promise<('keep' | 'remove')[]>;
  /** The work queues of dead letters that were closed after that moment; and the moment up to which this is known. */
  closedSince(moment: Date): Promise<{ queues: string[]; until: Date }>;
}
