import type { OperationEvent, Page } from '@app/contracts';
import type { FollowedOperation, NewEvents, OperationEvents } from '@app/ledger';
import { NOW, Refusal } from './fakes.js';

export const eventOf = (id: number, type: string, data: Record<string, unknown> = {}): OperationEvent => ({
  id: String(id),
  type,
  at: NOW,
  data,
});

/** The events of operations, and whether those have ended. */
export class FakeEvents implements OperationEvents {
  readonly events = new Map<string, OperationEvent[]>();
  readonly over = new Set<string>();
  readonly asked: unknown[] = [];
  /** Customers of operations that are not acme's. */
  readonly others = new Map<string, string>();
  looks = 0;
  failure: Error | undefined;

  add(operationId: string, ...events: OperationEvent[]): void {
    this.events.set(operationId, [...(this.events.get(operationId) ?? []), ...events]);
  }

  async list(
    operationId: string,
    customer: string | undefined,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OperationEvent>> {
    this.asked.push(page);
    const events = this.events.get(operationId);
    const owner = this.others.get(operationId) ?? 'acme';
    if (events === undefined || (customer !== undefined && customer !== owner)) {
      throw new Refusal('NOT_FOUND');
    }
    return { items: events.slice(0, page.limit), nextCursor: null };
  }

  newer(followed: readonly FollowedOperation[]): Promise<NewEvents[]> {
    this.looks += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(
      followed.map(({ operationId, after }) => ({
        operationId,
        events: (this.events.get(operationId) ?? []).filter(({ id }) => Number(id) > Number(after)),
        isOver: this.over.has(operationId),
      })),
    );
  }
}
