import type { DeadLetter, DeadLetterReplay, DeadLetterReplayReport } from '@app/contracts';
import type { DeadLetters, OpenDeadLetters, Requester } from '@app/ledger';
import { NOW, operationOf, Refusal } from './fakes.js';

export function deadLetterOf(changes: Partial<DeadLetter> = {}): DeadLetter {
  const { id: operationId, customer, site, vendor, lane } = operationOf();
  return {
    id: '01990000-0000-7000-8000-0000000000d1',
    status: 'open',
    reason: 'transient',
    error: { code: 'VENDOR_UNAVAILABLE', message: 'the vendor answered 503', retryable: true },
    queue: 'sitewright.cato.site',
    vendor,
    lane,
    operationId,
    customer,
    site,
    attempts: 7,
    seenCount: 1,
    firstSeenAt: NOW,
    lastSeenAt: NOW,
    closedAt: null,
    links: { operation: `/v1/operations/${operationId}` },
    ...changes,
  };
}

/** Dead letters by id; remembers what was asked of it. */
export class FakeDeadLetters implements DeadLetters {
  readonly deadLetters = new Map<string, DeadLetter>();
  readonly asked: unknown[][] = [];
  /** Operations that run again. */
  readonly runs: string[] = [];
  failure: Error | undefined;

  add(...deadLetters: DeadLetter[]): void {
    for (const deadLetter of deadLetters) this.deadLetters.set(deadLetter.id, deadLetter);
  }

  list(...[filter, page, scope]: Parameters<DeadLetters['list']>): ReturnType<DeadLetters['list']> {
    this.asked.push([filter, page, scope]);
    return Promise.resolve({ items: this.visible(scope), nextCursor: null });
  }

  get(id: string, scope: string | undefined): Promise<DeadLetter> {
    const found = this.visible(scope).find((deadLetter) => deadLetter.id === id);
    return found === undefined ? Promise.reject(new Refusal('NOT_FOUND')) : Promise.resolve(found);
  }

  async replay(id: string, requester: Requester, scope: string | undefined): Promise<DeadLetter> {
    const found = await this.get(id, scope);
    if (found.status === 'discarded' || found.operationId === undefined) {
      throw new Refusal('INVALID_TRANSITION');
    }
    if (found.status !== 'open') return found;
    this.runs.push(found.operationId);
    return this.close(found, 'replayed', requester);
  }

  replayAll(
    replay: DeadLetterReplay,
    requester: Requester,
    scope: string | undefined,
  ): Promise<DeadLetterReplayReport> {
    this.asked.push([replay, requester, scope]);
    const matched = this.visible(scope).length;
    const report = { matched, replayed: matched, superseded: 0, notReplayable: 0, lastReleaseAt: NOW };
    return Promise.resolve({ dryRun: replay.dryRun, ...report });
  }

  async discard(id: string, reason: string, requester: Requester, scope: string | undefined): Promise<void> {
    const found = await this.get(id, scope);
    if (found.status === 'open') this.close({ ...found, closedReason: reason }, 'discarded', requester);
  }

  countOpen(): Promise<OpenDeadLetters[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const open = [...this.deadLetters.values()].filter(({ status }) => status === 'open');
    const kinds = Map.groupBy(open, ({ vendor, lane, reason }) => [vendor, lane, reason].join());
    return Promise.resolve(
      [...kinds.values()].flatMap(([first, ...others]) =>
        first === undefined
          ? []
          : [
              {
                vendor: first.vendor,
                lane: first.lane,
                reason: first.reason,
                count: 1 + others.length,
              },
            ],
      ),
    );
  }

  private visible(scope: string | undefined): DeadLetter[] {
    return [...this.deadLetters.values()].filter(({ customer }) => scope === undefined || customer === scope);
  }

  private close(deadLetter: DeadLetter, status: DeadLetter['status'], { name }: Requester): DeadLetter {
    const closed = { ...deadLetter, status, closedAt: NOW, closedBy: name };
    this.deadLetters.set(deadLetter.id, closed);
    return closed;
  }
}
