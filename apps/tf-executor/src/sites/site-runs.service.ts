import type { OperationReleased } from '@app/contracts';
import {
  isLeaseLost,
  outcomeOf,
  SiteRuns,
  VendorBreakers,
  vendorConnection,
  verdictOf,
  type Admission,
  type AppliedObject,
  type CallBudget,
  type RunLease,
  type SiteClaim,
  type SiteRunEnding,
  type SiteWork,
  type StateStore,
} from '@app/ledger';
import { joinSecrets, terraformVendorOf, unmetered, vendorName } from '@app/vendors';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { openMeteredSite, type MeteredSite } from '../metering/metered-site.js';
import { MeteringProxy } from '../metering/metering-proxy.js';
import { countChanges } from '../terraform/stream.js';
import type { OpenRun } from '../terraform/workbench.js';
import { Workbench } from '../terraform/workbench.js';
import { AppliedObjects } from './applied-objects.js';
import { Convergence } from './convergence.js';
import { runEnded, runStarted } from './run-metrics.js';
import {
  CALL_BUDGET,
  SITE_RUN_SETTINGS,
  SITE_WORK,
  STATE_STORE,
  type SiteRunSettings,
} from './site-run-settings.js';

/** Converges sites: one claim, one run, one record of how it ended. */
@Injectable()
export class SiteRunsService {
  private readonly runs: SiteRuns;

  constructor(
    @Inject(SITE_WORK) private readonly work: SiteWork,
    @Inject(STATE_STORE) private readonly states: StateStore,
    @Inject(SITE_RUN_SETTINGS) private readonly settings: SiteRunSettings,
    private readonly workbench: Workbench,
    @Inject(CALL_BUDGET) private readonly budget: CallBudget,
    private readonly proxy: MeteringProxy,
    private readonly breakers: VendorBreakers,
  ) {
    this.runs = new SiteRuns(work, settings, new Logger(SiteRunsService.name));
  }

  /**
   * Does what the message asks for, if it is still to be done. Returns when that is recorded.
   * @param drain fires when the executor has to stop
   * @throws what ended the run, when the delivery is to be dead-lettered, or the ledger could not be reached
   */
  converge(message: OperationReleased, drain: AbortSignal): Promise<void> {
    return this.runs.take(message, drain, (claim, lease) => this.run(claim, lease));
  }

  private async run(claim: SiteClaim, lease: RunLease): Promise<SiteRunEnding> {
    const startedAt = Date.now();
    runStarted(claim);
    const applied = new AppliedObjects(this.work, claim, (error) => {
      if (isLeaseLost(error)) lease.stop('lease_lost');
    });
    const removed: AppliedObject[] = [];
    const endpoints = { vendorAccountId: claim.vendorAccountId, family: 'sites' } as const;
    let admission: Admission['kind'] | undefined;
    let hasReachedApply = false;
    let metered: MeteredSite | undefined;
    let run: OpenRun | undefined;
    let ending: SiteRunEnding;
    const changes = () => countChanges([...removed, ...(run?.terraform.applied ?? [])]);
    const timings = () => run?.terraform.timings ?? {};
    try {
      admission = await this.breakers.admit(endpoints, [claim.operationId]);
      const vendor = terraformVendorOf(claim.vendor);
      const connection = vendorConnection(claim.account, vendor, this.settings.access, unmetered);
      const site = {
        resourceId: claim.resourceId,
        vendorName: vendorName(claim.customer, claim.site, vendor.maxNameLength),
        spec: joinSecrets(claim.spec.visible, vendor.site.secrets, claim.spec.secrets),
      };
      const { convergence } = vendor.site;
      const { budget, proxy } = this;
      metered = await openMeteredSite({ budget, proxy }, { claim, lease, vendor, site, connection });
      run = await this.workbench.open({
        grant: claim,
        vendor,
        variables: convergence.variables(site, metered.provider),
        secrets: [...secretsOf(claim), metered.token],
        signal: lease.signal,
        onApplied: applied.add,
        startedAt,
      });
      const outputs = await new Convergence({
        claim,
        convergence,
        site,
        connection: metered.direct,
        terraform: run.terraform,
        work: {
          enterPhase: (grant, phase) => this.work.enterPhase(grant, phase),
          planSaved: (grant, plan) => this.work.planSaved(grant, plan),
          planConsumed: (grant, plan) => this.work.planConsumed(grant, plan),
          applyStarted: async (grant) => {
            await this.work.applyStarted(grant);
            hasReachedApply = true;
          },
        },
        state: this.states,
        redact: run.redact,
        signal: lease.signal,
        onRemoved: (object) => {
          removed.push(object);
          applied.add(object);
        },
      }).run();
      await applied.recorded();
      await this.breakers.ended(endpoints, { admission, error: undefined, isLastTry: false });
      ending = {
        kind: 'succeeded',
        outcome: {
          status: 'succeeded',
          outputs,
          idOutput: vendor.site.idOutput,
          changes: changes(),
          timings: timings(),
        },
      };
    } catch (error) {
      const { stopReason } = lease;
      const { ladder, random } = this.settings;
      const isLastTry = claim.attempt + 1 - claim.ladderStart >= ladder.maxTries;
      const breakerWaitMs =
        admission && (await this.breakers.ended(endpoints, { admission, error, isLastTry }));
      ending = {
        ...verdictOf({
          error,
          stopReason,
          breakerWaitMs,
          claim,
          by: 'TF',
          hasReachedApply,
          wasCutOff: run?.terraform.endedBySelf === false,
          changes: changes(),
          timings: timings(),
          ladder,
          random,
        }),
        error,
      };
    }
    try {
      await this.runs.persistently(lease, async () => run?.salvage());
      await this.runs.record(claim, lease, ending);
    } finally {
      await run?.close();
      await metered?.close();
      runEnded(claim, outcomeOf(ending), timings());
    }
    return ending;
  }
}

const secretsOf = ({ spec, appliedSpec, account }: SiteClaim): string[] => [
  ...Object.values(spec.secrets),
  ...Object.values(appliedSpec?.secrets ?? {}),
  ...Object.values(account.credentials),
];
