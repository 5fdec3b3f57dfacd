import { OutOfBudget, VendorBudget } from '@app/ledger';
import { terraformVendorOf, VendorFaultError, vendorName } from '@app/vendors';
import type { DeviceSite, DeviceSystem } from './device-system.js';
import { siteForDevices } from './bodies.js';

export interface LookUpCounts {
  made: number;
  /** There was no room for them in the time that they may wait. */
  putOff: number;
  /** The vendor said no, for its rate limit. */
  refused: number;
}

/** In the vendor's time. */
const PATIENCE_MS = 120_000;

/**
 * Asks the vendor what it holds under a site's name (Cato: `entityLookup`, and `bgpPeerList` when it is there), as
 * whoever looks for drift does: by a process of its own under the same budget.
 */
export class LookUps {
  readonly counts: LookUpCounts = { made: 0, putOff: 0, refused: 0 };
  readonly #vendor = terraformVendorOf('cato');
  readonly #budget: VendorBudget;
  #asked = 0;

  private constructor(
    private readonly system: DeviceSystem,
    private readonly resourceIds: ReadonlyMap<string, string>,
  ) {
    this.#budget = new VendorBudget(system.database, { clockScale: system.clockScale });
  }

  static async of(system: DeviceSystem): Promise<LookUps> {
    const sites = await system.database.rows<{ id: string; customer: string; name: string }>(
      `select r.id, c.name as customer, r.name from resource r join customer c on c.id = r.customer_id where r.kind = 'site'`,
    );
    return new LookUps(system, new Map(sites.map(({ id, customer, name }) => [`${customer}/${name}`, id])));
  }

  /** Looks one site up, when there is room for it. */
  async lookUp({ account, site }: DeviceSite, signal: AbortSignal): Promise<void> {
    const { id, limits, site: kind, maxNameLength, defaultBaseUrl } = this.#vendor;
    const baseUrl = this.system.stack.simulators.vendors[id] ?? defaultBaseUrl;
    const budget = { vendor: id, baseUrl, accountId: account };
    this.#asked += 1;
    const holder = `look-up-${this.#asked}`;
    const needs = { entityLookup: 1, bgpPeerList: 1 };
    let isReserved = false;
    try {
      const outcome = await this.#budget.reserveWithin(
        { budget, needs, limits, priority: 'drift', holder },
        { patienceMs: PATIENCE_MS / this.system.clockScale, signal },
      );
      if (outcome.kind === 'refused') {
        this.counts.putOff += 1;
        return;
      }
      isReserved = true;
      const { reservation } = outcome;
      try {
        const wanted = {
          resourceId: this.resourceIds.get(`${account}/${site}`) ?? '',
          vendorName: vendorName(account, site, maxNameLength),
          spec: siteForDevices(),
        };
        const { meter } = reservation;
        const connection = { baseUrl, accountId: account, credentials: { token: `token-${account}` }, meter };
        const found = await kind.convergence.find(wanted, connection, signal);
        if (found?.isOurs !== true) throw new Error(`the vendor does not show the site ${account}/${site}`);
        this.counts.made += 1;
      } finally {
        await reservation.close();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof OutOfBudget) {
        this.counts.putOff += 1;
        return;
      }
      if (!(error instanceof VendorFaultError) || error.fault.code !== 'VENDOR_RATE_LIMITED') throw error;
      this.counts.refused += 1;
    } finally {
      if (!isReserved) await this.#budget.withdraw(budget, holder);
    }
  }
}
