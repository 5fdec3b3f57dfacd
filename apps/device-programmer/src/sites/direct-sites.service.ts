import type { OperationReleased } from '@app/contracts';
import {
  budgetOf,
  isLeaseLost,
  OutOfBudget,
  RunLease,
  VendorBreakers,
  vendorConnection,
  verdictOf,
  type Admission,
  type CallBudget,
  type Reservation,
  type RunSucceeded,
  type SiteClaim,
  type SiteWork,
  type Verdict,
  wasStopped,
} from '@app/ledger';
import { MessageRejected, withLogScope } from '@app/runtime';
import { directVendorOf, joinSecrets, vendorName, type DirectVendor } from '@app/vendors';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { asOurError } from '../vendor-errors.js';
import { CALL_BUDGET, SITE_WORK, WORK_SETTINGS, type WorkSettings } from '../work-settings.js';
import { siteChanges } from './site-changes.js';
import { siteRunEnded, siteRunStarted } from './site-metrics.js';

/** What came of a run: it did its work, or a verdict on why it did not. */
type Ending = { kind: 'succeeded'; outcome: RunSucceeded } | (Verdict & { error: unknown });

/** Converges the sites of vendors without Terraform, by their own API. */
@Injectable()
export class DirectSitesService {
  private readonly logger = new Logger(DirectSitesService.name);

  constructor(
    @Inject(SITE_WORK) private readonly work: SiteWork,
    @Inject(CALL_BUDGET) private readonly budget: CallBudget,
    @Inject(WORK_SETTINGS) private readonly settings: WorkSettings,
    private readonly breakers: VendorBreakers,
  ) {}

  /**
   * Does what the message asks for, if it is still to be done. Returns when that is recorded.
   * @param drain fires when the worker has to stop
   * @throws what ended the run, when the delivery is to be dead-lettered
   */
  async converge(message: OperationReleased, drain: AbortSignal): Promise<void> {
    const { workerId, leaseMs, deadlineMs } = this.settings;
    const claim = await this.work.claim(message, { workerId, leaseMs, deadlineMs });
    if (claim === 'unknown') throw new MessageRejected('unknown_operation');
    if (typeof claim === 'string') {
      this.logger.debug('nothing to do', { operationId: message.operationId, refusal: claim });
      return;
    }
    const { operationId, customer, site, vendor, action, fencingToken } = claim;
    const scope = { operationId, customer, site, vendor, action, fencingToken, attempt: claim.attempt + 1 };
    await withLogScope(scope, () => this.hold(claim, drain));
  }

  private async hold(claim: SiteClaim, drain: AbortSignal): Promise<void> {
    const { leaseMs, heartbeatMs } = this.settings;
    const lease = new RunLease({
      heartbeat: () => this.work.heartbeat(claim, leaseMs),
      leaseMs,
      heartbeatMs,
      deadlineAt: claim.deadlineAt,
      drain,
      onHeartbeatFailed: (error) => this.logger.warn('a heartbeat failed', error),
    });
    siteRunStarted(claim);
    let ending: Ending | undefined;
    try {
      ending = await this.run(claim, lease);
      await this.record(claim, lease, ending);
    } finally {
      lease.release();
      siteRunEnded(claim, ending?.kind === 'settle' ? ending.outcome.status : (ending?.kind ?? 'abandon'));
    }
    if (ending.kind === 'settle' && ending.outcome.deadLetter !== undefined) throw ending.error;
  }

  /** Calls the vendor, if its budget has room for it and it does not count as down. */
  private async run(claim: SiteClaim, lease: RunLease): Promise<Ending> {
    const startedAt = performance.now();
    const timings = () => ({ applyMs: Math.round(performance.now() - startedAt) });
    const endpoints = { vendorAccountId: claim.vendorAccountId, family: 'sites' } as const;
    let admission: Admission['kind'] | undefined;
    let reservation: Reservation | undefined;
    let hasReachedApply = false;
    try {
      const vendor = directVendorOf(claim.vendor);
      admission = await this.breakers.admit(endpoints, [claim.operationId]);
      reservation = await this.reserve(claim, vendor);
      lease.signal.throwIfAborted();
      await this.work.applyStarted(claim);
      hasReachedApply = true;
      const outputs = await this.call(claim, vendor, reservation, lease.signal);
      await this.breakers.ended(endpoints, { admission, error: undefined, isLastTry: false });
      const changes = siteChanges(claim.action);
      return {
        kind: 'succeeded',
        outcome: { status: 'succeeded', outputs, changes, timings: timings() },
      };
    } catch (thrown) {
      const { stopReason } = lease;
      const { ladder, random } = this.settings;
      const error = asOurError(thrown, stopReason);
      const isLastTry = claim.attempt + 1 - claim.ladderStart >= ladder.maxTries;
      const breakerWaitMs =
        admission && (await this.breakers.ended(endpoints, { admission, error, isLastTry }));
      const changes = siteChanges(undefined);
      const wasCutOff = wasStopped(thrown);
      const facts = { claim, by: 'WORK', hasReachedApply, wasCutOff, changes, timings: timings() } as const;
      return { ...verdictOf({ error, stopReason, breakerWaitMs, ladder, random, ...facts }), error };
    } finally {
      await reservation?.close();
    }
  }

  private async reserve(claim: SiteClaim, vendor: DirectVendor): Promise<Reservation> {
    const outcome = await this.budget.reserve({
      budget: budgetOf(claim.account, vendor, this.settings.access),
      needs: vendor.site.convergence.callsOfRun,
      limits: vendor.limits,
      priority: 'edit',
      holder: claim.operationId,
    });
    if (outcome.kind === 'refused') throw new OutOfBudget('a run', outcome.waitMs);
    return outcome.reservation;
  }

  private async call(
    claim: SiteClaim,
    vendor: DirectVendor,
    { meter }: Reservation,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const { convergence, secrets } = vendor.site;
    const site = {
      resourceId: claim.resourceId,
      vendorName: vendorName(claim.customer, claim.site, vendor.maxNameLength),
      spec: joinSecrets(claim.spec.visible, secrets, claim.spec.secrets),
    };
    const connection = vendorConnection(claim.account, vendor, this.settings.access, meter);
    if (claim.action === 'delete') {
      await convergence.remove(site, { connection, signal });
      return {};
    }
    const mayExist = claim.isUnreconciled || claim.appliedSpec !== undefined;
    return convergence.converge(site, { mayExist, connection, signal });
  }

  private async record(claim: SiteClaim, lease: RunLease, ending: Ending): Promise<void> {
    const persistently = (write: () => Promise<void>): Promise<void> =>
      lease.persistently(write, (error) =>
        this.logger.warn('the ledger could not be written; trying again', error),
      );
    try {
      switch (ending.kind) {
        case 'succeeded':
          await persistently(() => this.work.settle(claim, ending.outcome));
          this.logger.log('site converged', { timings: ending.outcome.timings });
          return;
        case 'settle':
          await persistently(() => this.work.settle(claim, ending.outcome));
          this.logger.warn('run ended', { outcome: ending.outcome.status, error: ending.outcome.error });
          return;
        case 'defer':
          await persistently(() => this.work.defer(claim, ending.deferral));
          this.logger.warn('run deferred', { ...ending.deferral });
          return;
        case 'abandon':
          this.logger.warn('the lease was lost; another worker goes on');
      }
    } catch (error) {
      // Somebody else has taken over, and records how it ends.
      if (!isLeaseLost(error)) throw error;
      this.logger.warn('the lease was lost before the run could be recorded');
    }
  }
}
