import type { OperationEvent, Page } from '@app/contracts';

/** An operation whose events somebody follows. */
export interface FollowedOperation {
  operationId: string;
  /** The id of the last event that is known; `0`: none. */
  after: string;
}

/** What is new of a followed operation. */
export interface NewEvents {
  operationId: string;
  events: OperationEvent[];
  /** The operation has ended, and these are its last events. */
  isOver: boolean;
}

/** What clients may know of the life of operations. */
export interface OperationEvents {
  /**
   * Oldest first.
   * @param customer the key's scope; undefined for a key of all customers
   * @throws NotFound
   */
  list(
    operationId: string,
    customer: string | undefined,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OperationEvent>>;
  /** Of many operations at once, in the order of the question; at most some hundred events of each. */
  newer(followed: readonly FollowedOperation[]): Promise<NewEvents[]>;
}
