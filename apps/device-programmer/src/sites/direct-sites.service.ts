import type { OperationReleased } from '@app/contracts';
import {
  budgetOf,
  OutOfBudget,
  outcomeOf,
  SiteRuns,
  VendorBreakers,
  vendorConnection,
  verdictOf,
  type Admission,
  type CallBudget,
  type Reservation,
  type RunLease,
  type SiteClaim,
  type SiteRunEnding,
  type SiteWork,
  wasStopped,
} from '@app/ledger';
import { directVendorOf, joinSecrets, vendorName, type DirectVendor } from '@app/vendors';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { asOurError } from '../vendor-errors.js';
import { CALL_BUDGET, SITE_WORK, WORK_SETTINGS, type WorkSettings } from '../work-settings.js';
import { siteChanges } from './site-changes.js';
import { siteRunEnded, siteRunStarted } from './site-metrics.js';

/** Converges the sites of vendors without Terraform, by their own API. */
@Injectable()
export class DirectSitesService {
  private readonly runs: SiteRuns;

  constructor(
    @Inject(SITE_WORK) private readonly work: SiteWork,
    @Inject(CALL_BUDGET) private readonly budget: CallBudget,
    @Inject(WORK_SETTINGS) private readonly settings: WorkSettings,
    private readonly breakers: VendorBreakers,
  ) {
    this.runs = new SiteRuns(work, settings, new Logger(DirectSitesService.name));
  }

  /**
   * Does what the message asks for, if it is still to be done. Returns when that is recorded.
   * @param drain fires when the worker has to stop
   * @throws what ended the run, when the delivery is to be dead-lettered
   */
  converge(message: OperationReleased, drain: AbortSignal): Promise<void> {
    return this.runs.take(message, drain, (claim, lease) => this.attempt(claim, lease));
  }

  private async attempt(claim: SiteClaim, lease: RunLease): Promise<SiteRunEnding> {
    siteRunStarted(claim);
    let ending: SiteRunEnding | undefined;
    try {
      ending = await this.run(claim, lease);
      await this.runs.record(claim, lease, ending);
      return ending;
    } finally {
      siteRunEnded(claim, ending === undefined ? 'abandon' : outcomeOf(ending));
    }
  }

  /** Calls the vendor, if its budget has room for it and it does not count as down. */
  private async run(claim: SiteClaim, lease: RunLease): Promise<SiteRunEnding> {
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
      const outputs = await this.call(claim, vendor, reservation, lease);
      await this.breakers.ended(endpoints, { admission, error: undefined, isLastTry: false });
      const changes = siteChanges(claim.action);
      return {
        kind: 'succeeded',
        outcome: {
          status: 'succeeded',
          outputs,
          idOutput: vendor.site.idOutput,
          changes,
          timings: timings(),
        },
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
    lease: RunLease,
  ): Promise<Record<string, unknown>> {
    const { convergence, secrets } = vendor.site;
    const site = {
      resourceId: claim.resourceId,
      vendorName: vendorName(claim.customer, claim.site, vendor.maxNameLength),
      spec: joinSecrets(claim.spec.visible, secrets, claim.spec.secrets),
    };
    const { signal } = lease;
    const connection = vendorConnection(claim.account, vendor, this.settings.access, lease.guarded(meter));
    if (claim.action === 'delete') {
      await convergence.remove(site, { connection, signal });
      return {};
    }
    const mayExist = claim.isUnreconciled || claim.appliedSpec !== undefined;
    return convergence.converge(site, { mayExist, connection, signal });
  }
}
