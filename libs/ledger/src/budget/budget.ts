import type { CallMeter, VendorLimits } from '@app/vendors';

/** Whose calls a vendor counts together: customers that share an account share its budget. */
export interface BudgetKey {
  vendor: string;
  baseUrl: string;
  accountId: string;
}

/** Who goes first when there is not enough for all: changes that somebody waits for, then bulk, then drift. */
export type BudgetPriority = 'edit' | 'bulk' | 'drift';

export interface BudgetRequest {
  budget: BudgetKey;
  /** Calls by API operation, to be had together or not at all. */
  needs: Readonly<Record<string, number>>;
  limits: VendorLimits;
  priority: BudgetPriority;
  /** Who asks, and asks again after a refusal: it keeps its place in the line. */
  holder: string;
}

/** Calls that nobody else can use. */
export interface Reservation {
  /** Makes calls with what is reserved, and beyond that with one more call each, when there is room. */
  readonly meter: CallMeter;
  /** Gives back what was not used. Never rejects. */
  close(): Promise<void>;
}

export type ReservationOutcome =
  | { kind: 'reserved'; reservation: Reservation }
  /** There is room in so many milliseconds, and until then it is kept for the holder. */
  | { kind: 'refused'; waitMs: number };

/** What reserves calls of vendors' APIs. */
export interface CallBudget {
  reserve(request: BudgetRequest): Promise<ReservationOutcome>;
  /** Waits for the room that is missing, if it is to come soon enough. @throws what the signal aborts with */
  reserveWithin(
    request: BudgetRequest,
    patience: { patienceMs: number; signal: AbortSignal },
  ): Promise<ReservationOutcome>;
}

/** How much of a limit is used. */
export interface BudgetUsage {
  counter: string;
  /** In the vendor's time. */
  windowMs: number;
  limit: number;
  /** Calls of the last window, and those that are reserved. */
  used: number;
  left: number;
  /** The vendor has refused the counter, and is not called for so long. */
  blockedMs: number;
}
