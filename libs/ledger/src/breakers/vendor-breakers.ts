import type { OperationError } from '@app/contracts';
import { AppError, failureReport } from '@app/runtime';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OutOfBudget } from '../budget/out-of-budget.js';
import { VendorBusy } from '../operations/vendor-busy.js';
import { VendorPaused } from './vendor-paused.js';
import type { Admission, BreakerStore, Endpoints } from './breakers.js';
import { FailureRates, type FailureRateSettings } from './failure-rates.js';

export interface BreakerSettings extends FailureRateSettings {
  /** false: vendors never count as down. */
  isOn: boolean;
  /** A vendor that counts as down is tried again after so long, then after twice as long, up to the longest wait. */
  probeAfterMs: number;
  longestWaitMs: number;
}

/** How work that called the vendor ended, as far as it tells something about the vendor. */
export interface CallsMade {
  admission: Admission['kind'];
  /** undefined: it succeeded. */
  error: unknown;
  /** The operation has no further try. */
  isLastTry: boolean;
}

/** Stops calling vendors that are down, and finds out when they are back. */
export class VendorBreakers implements OnApplicationShutdown {
  private readonly logger = new Logger(VendorBreakers.name);
  private readonly rates: FailureRates;

  constructor(
    private readonly store: BreakerStore,
    private readonly settings: BreakerSettings,
  ) {
    this.rates = new FailureRates(settings);
  }

  onApplicationShutdown(): void {
    this.rates.close();
  }

  /**
   * Lets work of these operations call the vendor.
   * @throws VendorPaused while it counts as down
   */
  async admit(endpoints: Endpoints, operationIds: readonly string[]): Promise<Admission['kind']> {
    if (!this.settings.isOn) return 'closed';
    const admission = await this.store.admission(endpoints, operationIds);
    if (admission.kind === 'refused') throw new VendorPaused(admission.waitMs);
    return admission.kind;
  }

  /**
   * Takes note of how admitted work has ended. Never rejects: what cannot be noted is seen again.
   * @returns how long it is to wait because the vendor counts as down; undefined: it failed, if it did, by itself
   */
  async ended(endpoints: Endpoints, calls: CallsMade): Promise<number | undefined> {
    if (!this.settings.isOn) return undefined;
    try {
      if (isOutage(calls.error)) return await this.failed(endpoints, calls, failureReport(calls.error));
      if (calls.error === undefined || isAnswer(calls.error)) await this.answered(endpoints, calls);
    } catch (error) {
      this.logger.warn('a breaker could not be written', { reason: failureReport(error).message });
    }
    return undefined;
  }

  private async answered(endpoints: Endpoints, { admission }: CallsMade): Promise<void> {
    await this.rates.answered(endpoints);
    if (admission !== 'probe' || !(await this.store.close(endpoints))) return;
    this.rates.forget(endpoints);
    this.logger.log('a vendor is back', { ...endpoints });
  }

  private async failed(
    endpoints: Endpoints,
    { admission, isLastTry }: CallsMade,
    error: OperationError,
  ): Promise<number | undefined> {
    const wasProbe = admission === 'probe';
    if (!wasProbe) {
      const now = await this.store.admission(endpoints, []);
      if (now.kind === 'refused') return now.waitMs;
      const isDown = await this.rates.unavailable(endpoints);
      // No operation fails for good because its vendor is down, however seldom that one is called.
      if (!isDown && !(isLastTry && this.rates.hasOnlyFailed(endpoints))) return undefined;
    }
    const { probeAfterMs, longestWaitMs } = this.settings;
    const opening = { error, wasProbe, probeAfterMs, longestWaitMs };
    const { waitMs, hasOpened } = await this.store.open(endpoints, opening);
    this.rates.forget(endpoints);
    if (hasOpened) this.logger.warn('a vendor counts as down', { ...endpoints, error, waitMs });
    return waitMs;
  }
}

/** The vendor could not be reached, did not answer in time, or answered that it cannot. */
const isOutage = (error: unknown): error is AppError =>
  error instanceof AppError &&
  error.code === 'VENDOR_UNAVAILABLE' &&
  !(error instanceof VendorPaused) &&
  !(error instanceof VendorBusy);

/** The vendor was there to say no. */
const isAnswer = (error: unknown): boolean =>
  error instanceof AppError &&
  !(error instanceof OutOfBudget) &&
  (error instanceof VendorBusy ||
    error.code === 'VENDOR_RATE_LIMITED' ||
    error.code === 'VENDOR_REJECTED' ||
    error.code === 'VENDOR_AUTH_FAILED' ||
    error.code === 'NAME_TAKEN');
