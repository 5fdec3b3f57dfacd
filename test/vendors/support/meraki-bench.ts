import {
  VendorFaultError,
  vendorOf,
  type DeviceProgramming,
  type DirectConvergence,
  type SiteToConverge,
  type VendorConnection,
  type VendorFault,
  type WantedDevice,
} from '@app/vendors';
import {
  at,
  KEY,
  ORGANIZATION,
  SandboxClient,
  textAt,
} from '../../../sandbox/meraki/contract/sandbox-client.js';

export const vendor = vendorOf('meraki');

function direct(): DirectConvergence {
  const { convergence } = vendor.site;
  if (convergence.kind !== 'direct') throw new Error('a network is converged by the API');
  return convergence;
}
function programming(): DeviceProgramming {
  if (vendor.devices === undefined) throw new Error('its devices can be programmed');
  return vendor.devices;
}

export const SITE_ID = '01960000-0000-7000-8000-000000000001';
export const deviceId = (number: number): string =>
  `01960000-0000-7000-8001-${String(number).padStart(12, '0')}`;
export const markOf = (resourceId: string): string => ` [sw:${resourceId}]`;

const SITE_SPEC = {
  vendor: 'meraki',
  description: 'Shop',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
};

export const siteWith = (more: Record<string, unknown> = {}): SiteToConverge => ({
  resourceId: SITE_ID,
  vendorName: 'acme-paris',
  spec: vendor.site.spec.parse({ ...SITE_SPEC, ...more }),
});

/** The adapter and the simulated vendor face to face, with what was metered in between. */
export class MerakiBench {
  /** API operations in the order in which they went through the meter. */
  metered: string[] = [];
  readonly connection: VendorConnection;
  networkId = '';

  private constructor(readonly sandbox: SandboxClient) {
    this.connection = {
      baseUrl: sandbox.url,
      accountId: ORGANIZATION,
      credentials: { apiKey: KEY },
      meter: {
        call: (operation, make) => {
          this.metered.push(operation);
          return make();
        },
      },
    };
  }

  static async start(): Promise<MerakiBench> {
    return new MerakiBench(await SandboxClient.start());
  }

  /** Everything forgotten; batches end at once and nothing is limited. */
  async reset(settings: Record<string, unknown> = {}): Promise<void> {
    await this.sandbox.steer('POST', '/reset', {});
    await this.set({ rateLimits: false, batchMs: 0, batchActionMs: 0, ...settings });
    this.metered = [];
  }

  set(settings: Record<string, unknown>): Promise<unknown> {
    return this.sandbox.steer('POST', '/settings', { vendor: 'meraki', ...settings });
  }

  fault(operation: string, effect: string, more: Record<string, unknown> = {}): Promise<unknown> {
    return this.sandbox.steer('POST', '/faults', { vendor: 'meraki', operation, effect, times: 1, ...more });
  }

  #signal = new AbortController().signal;

  converge(site: SiteToConverge, mayExist = false): Promise<Record<string, unknown>> {
    const { connection } = this;
    return direct().converge(site, { mayExist, connection, signal: this.#signal });
  }

  remove(site: SiteToConverge = siteWith()): Promise<void> {
    return direct().remove(site, { connection: this.connection, signal: this.#signal });
  }

  /** A site for devices; its calls are not part of what a test counts. */
  async withSite(): Promise<void> {
    this.networkId = textAt(await this.converge(siteWith()), 'siteId');
    this.metered = [];
  }

  round(devices: readonly WantedDevice[], connection = this.connection) {
    return programming().converge({
      site: { resourceId: SITE_ID, vendorName: 'acme-paris', outputs: { siteId: this.networkId } },
      devices,
      connection,
      signal: this.#signal,
    });
  }

  /** What was done since the last time somebody asked. */
  operations(): string[] {
    return this.metered.splice(0);
  }

  /** Every call that the vendor has let through, as it counts them. */
  async counted(): Promise<Record<string, unknown>> {
    const report = await this.sandbox.steer('GET', `/calls?vendor=meraki&account=${ORGANIZATION}`);
    const operations = at(report, 'accounts', 0, 'operations');
    return Object.fromEntries(
      Object.entries(operations ?? {}).map(([operation, counts]) => [operation, at(counts, 'calls')]),
    );
  }

  /** The devices in the site's network. */
  async inNetwork(): Promise<unknown[]> {
    const devices = await this.sandbox.stored('devices');
    return devices.filter((device) => at(device, 'networkId') === this.networkId);
  }
}

/** What a call ended with that is expected to fail. */
export async function faultOf(call: Promise<unknown>): Promise<VendorFault> {
  try {
    await call;
  } catch (error) {
    if (error instanceof VendorFaultError) return error.fault;
    throw error;
  }
  throw new Error('it did not fail');
}
