import { isFinal, type Operation } from '@app/contracts';
import { Lifecycle } from '@app/runtime';
import { Inject, Injectable, Logger } from '@nestjs/common';

/** Where the waiter looks. */
export interface OperationLookup {
  getAll(ids: readonly string[], customer: string | undefined): Promise<ReadonlyMap<string, Operation>>;
}
export const OPERATION_LOOKUP = Symbol('OperationLookup');

/** Between two looks at everything that is waited for. */
const POLL_MS = 200;

interface Waiter {
  /** The operation as last seen; its id is the one that is waited for. */
  seen: Operation;
  end: () => void;
}

/** A human has to decide: waiting any longer is pointless. */
const isSettled = ({ status }: Operation): boolean => isFinal(status) || status === 'awaiting_approval';

/**
 * Waits for operations to end, with one query per tick however many clients wait. The workers are other processes, so
 * there is nothing to be told by.
 */
@Injectable()
export class OperationWaiter {
  private readonly logger = new Logger(OperationWaiter.name);
  private readonly waiters = new Set<Waiter>();
  private isPolling = false;

  constructor(
    @Inject(OPERATION_LOOKUP) private readonly operations: OperationLookup,
    private readonly lifecycle: Lifecycle,
  ) {}

  /**
   * The operation, or what superseded it, when it has ended or awaits approval; as last seen when the time is over,
   * the signal fires or the process stops.
   */
  async wait(operation: Operation, timeoutMs: number, signal: AbortSignal): Promise<Operation> {
    if (isSettled(operation) && operation.supersededBy === undefined) return operation;
    const stop = AbortSignal.any([signal, this.lifecycle.draining, AbortSignal.timeout(timeoutMs)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { seen: operation, end: resolve };
    stop.addEventListener('abort', waiter.end, { once: true });
    if (stop.aborted) resolve();
    this.waiters.add(waiter);
    this.startPolling();
    await promise;
    this.waiters.delete(waiter);
    stop.removeEventListener('abort', waiter.end);
    return waiter.seen;
  }

  /** How many wait at this moment. */
  get waiting(): number {
    return this.waiters.size;
  }

  private startPolling(): void {
    if (this.isPolling) return;
    this.isPolling = true;
    setTimeout(() => void this.tick(), POLL_MS);
  }

  private async tick(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      // The waiters keep what they have; the next look may succeed.
      this.logger.warn('waited operations could not be read', error);
    }
    this.isPolling = false;
    if (this.waiters.size > 0) this.startPolling();
  }

  /** Follows chains of superseded operations at once, so that a waiter does not lag one tick per link. */
  private async look(): Promise<void> {
    let open = [...this.waiters];
    while (open.length > 0) {
      const found = await this.operations.getAll([...new Set(open.map(wantedId))], undefined);
      open = open.filter((waiter) => {
        const operation = found.get(wantedId(waiter));
        if (operation === undefined) return false;
        waiter.seen = operation;
        if (operation.supersededBy !== undefined) return true;
        if (isSettled(operation)) waiter.end();
        return false;
      });
    }
  }
}

const wantedId = ({ seen }: Waiter): string => seen.supersededBy ?? seen.id;
