import { AppError } from '../errors/app-error.js';

/** A message was not taken over by the broker, or it is not known whether it was. The sender keeps it. */
export abstract class PublishFailure extends AppError {
  /** The kind of failure, as metrics name it. */
  abstract readonly kind: string;
}

/** No queue of that name: the broker gave the message back. */
export class Unroutable extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'unroutable';
  constructor(queue: string) {
    super(`no queue named ${queue}`, { details: { queue }, retryable: true });
  }
}

/** The broker refused the message: the queue is full, or has no leader. */
export class Nacked extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'nacked';
  constructor(queue: string) {
    super(`the broker refused a message for ${queue}`, { details: { queue }, retryable: true });
  }
}

/** The channel closed before the confirm came; the message may or may not have arrived. */
export class ChannelLost extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'channel_lost';
  constructor(cause?: unknown) {
    super('the channel closed before the broker confirmed', { cause, retryable: true });
  }
}

/** No confirm in time; the message may or may not have arrived. */
export class ConfirmTimeout extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'confirm_timeout';
  constructor(timeoutMs: number) {
    super(`no confirm within ${timeoutMs} ms`, { details: { timeoutMs }, retryable: true });
  }
}

/** There is no connection to publish on; nothing was sent. */
export class NotConnected extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'not_connected';
  constructor() {
    super('not connected to the broker', { retryable: true });
  }
}

/** The broker takes no messages because it is short of memory or disk; nothing was sent. */
export class PublishingBlocked extends PublishFailure {
  readonly code = 'BROKER_UNAVAILABLE';
  readonly kind = 'blocked';
  constructor(reason: string) {
    super(`the broker blocks publishing: ${reason}`, { details: { reason }, retryable: true });
  }
}

/** The message cannot be put on the wire, now or later. */
export class Unsendable extends PublishFailure {
  readonly code = 'MESSAGE_REJECTED';
  readonly kind = 'unsendable';
  constructor(cause: unknown) {
    super('the message cannot be encoded', { cause });
  }
}

/** A queue exists with other arguments than ours. Arguments never change: a new meaning needs a new name. */
export class QueueMismatch extends AppError {
  readonly code = 'INTERNAL';
  constructor(queue: string, cause: unknown) {
    super(`queue ${queue} exists with other arguments`, { cause, details: { queue } });
  }
}

/** There is no queue of that name to look through. */
export class QueueMissing extends AppError {
  readonly code = 'BROKER_UNAVAILABLE';
  constructor(queue: string, cause: unknown) {
    super(`there is no queue ${queue}`, { cause, details: { queue }, retryable: true });
  }
}

/** The broker went away while a dead-letter queue was swept. */
export class SweepInterrupted extends AppError {
  readonly code = 'BROKER_UNAVAILABLE';
  constructor(queue: string, cause: unknown) {
    super(`the sweep of ${queue} was interrupted`, { cause, details: { queue }, retryable: true });
  }
}

export type RejectionReason =
  | 'not_json'
  | 'unknown_type'
  | 'schema_refused'
  /** It is ours in form, but the operation that it names does not exist; the handler finds out. */
  | 'unknown_operation';

/** A delivery that no handler of ours can read, or that asks for nothing that there is. */
export class MessageRejected extends AppError {
  readonly code = 'MESSAGE_REJECTED';
  constructor(
    readonly reason: RejectionReason,
    details?: Record<string, unknown>,
  ) {
    super(`a message was rejected: ${reason}`, { details: { reason, ...details } });
  }
}

/** The subscriptions and the handlers of a service do not fit together; it must not start. */
export class MisconfiguredConsumers extends AppError {
  readonly code = 'INTERNAL';
  constructor(faults: readonly string[]) {
    super(`consumers are misconfigured: ${faults.join('; ')}`, { details: { faults } });
  }
}
