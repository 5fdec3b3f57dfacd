import type { BudgetRequest, CallBudget, ReservationOutcome } from '@app/ledger';

/** A budget that has room for all, or for nothing, and remembers what was asked and used. */
export class FakeBudget implements CallBudget {
  readonly requests: BudgetRequest[] = [];
  readonly calls: string[] = [];
  closed = 0;
  /** Every reservation is refused for so long while it is set. */
  refusedMs: number | undefined;

  reserve(request: BudgetRequest): Promise<ReservationOutcome> {
    this.requests.push(request);
    if (this.refusedMs !== undefined) return Promise.resolve({ kind: 'refused', waitMs: this.refusedMs });
    return Promise.resolve({
      kind: 'reserved',
      reservation: {
        meter: {
          call: (operation, make) => {
            this.calls.push(operation);
            return make();
          },
        },
        close: () => {
          this.closed += 1;
          return Promise.resolve();
        },
      },
    });
  }
  reserveWithin(request: BudgetRequest): Promise<ReservationOutcome> {
    return this.reserve(request);
  }
}
