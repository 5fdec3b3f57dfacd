import { OutOfBudget, type CallBudget, type RunLease, type SiteClaim } from '@app/ledger';
import type { ProviderCalls, SiteToConverge, TerraformVendor, VendorConnection } from '@app/vendors';
import { firstStep } from '../sites/run-plan.js';
import type { MeteringProxy } from './metering-proxy.js';

/** What a run of Terraform makes of the budget of its vendor account. */
export interface MeteredSite {
  /** For our own calls. */
  direct: VendorConnection;
  /** For the provider's calls: its address is that of the proxy. */
  provider: VendorConnection;
  /** Shows in the provider's address; to be kept out of what is shown. */
  token: string;
  /** Ends the run's way to the vendor and gives back what it did not use. Never rejects. */
  close(): Promise<void>;
}

/**
 * Reserves what a run needs at worst, before anything of it is started.
 * @throws OutOfBudget when there is no room for it
 */
export async function openMeteredSite(
  parts: { budget: CallBudget; proxy: MeteringProxy },
  run: {
    claim: SiteClaim;
    lease: Pick<RunLease, 'guarded' | 'guardedToTheEnd'>;
    vendor: TerraformVendor;
    site: SiteToConverge;
    connection: VendorConnection;
  },
): Promise<MeteredSite> {
  const { claim, lease, vendor, site, connection } = run;
  const { calls } = vendor.site.convergence;
  const { baseUrl, accountId } = connection;
  const outcome = await parts.budget.reserve({
    budget: { vendor: vendor.id, baseUrl, accountId },
    needs: needsOf(claim, site, calls),
    limits: vendor.limits,
    priority: 'edit',
    holder: claim.operationId,
  });
  if (outcome.kind === 'refused') throw new OutOfBudget('a run', outcome.waitMs);
  const { reservation } = outcome;
  // A provider may send a call while this process is frozen, and be gone when it wakes and reads it.
  const meter = lease.guardedToTheEnd(reservation.meter);
  const way = await parts.proxy.open({ baseUrl, calls, meter });
  return {
    direct: { ...connection, meter: lease.guarded(reservation.meter) },
    provider: { ...connection, baseUrl: way.baseUrl },
    token: way.token,
    close: () => {
      way.close();
      return reservation.close();
    },
  };
}

function needsOf(
  claim: SiteClaim,
  site: SiteToConverge,
  calls: ProviderCalls,
): Readonly<Record<string, number>> {
  const step = firstStep(claim);
  if (step.kind === 'nothing') return {};
  return calls.ofRun({
    action: claim.action,
    step: step.kind,
    refresh: step.kind === 'reconcile' || step.refresh,
    applied: claim.appliedSpec?.visible,
    next: site.spec,
  });
}
