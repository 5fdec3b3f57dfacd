import {
  unmetered,
  vendorOf,
  type DeviceProgramming,
  type DeviceResult,
  type DirectConvergence,
  type VendorConnection,
  type WantedDevice,
} from '@app/vendors';
import { startSimulators, type RunningSimulators } from '../../../sandbox/simulators.js';

/** Simulated seconds pass in hundredths of real ones, for the simulator and for whoever polls it. */
const CLOCK_SCALE = 100;

export const signal = new AbortController().signal;

interface CallReport {
  accounts: { account: string; operations: Record<string, { calls: number }> }[];
}

interface VersaObjects {
  templates: { name: string; isDeployed: boolean; workflow: Record<string, unknown> }[];
  deviceGroups: { name: string; body: Record<string, unknown> }[];
  workflows: { name: string; status: string; body: Record<string, unknown> }[];
  appliances: {
    name: string;
    branchId: string;
    serialNumber: string;
    deviceGroup: string;
    syncStatus: string;
    location: Record<string, unknown>;
    bindings: Record<string, string>;
  }[];
  tasks: { kind: string; status: string; devices: string[] }[];
}

/** A Director of its own for each organisation, with the sandbox's admin API. */
export class SimulatedVersa {
  #organizations = 0;

  private constructor(private readonly simulators: RunningSimulators) {}

  static async start(): Promise<SimulatedVersa> {
    return new SimulatedVersa(await startSimulators({ clock: { scale: CLOCK_SCALE } }));
  }

  close(): Promise<void> {
    return this.simulators.close();
  }

  get url(): string {
    return this.simulators.vendors['versa'] ?? '';
  }

  /** A new organisation at the Director, with a login of its own. */
  organization(): Organization {
    this.#organizations += 1;
    return new Organization(this, `org-${this.#organizations}`);
  }

  /** The admin API's answer, whose form the caller knows. */
  async admin<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.simulators.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    const answer: Answer = JSON.parse(text);
    return answer;
  }

  async forget(): Promise<void> {
    await this.admin('DELETE', '/faults');
    await this.configure({
      taskMs: 3000,
      commitLock: 'wait',
      taskFailures: 'device',
      repeatAvailableIds: false,
      accessTokenSeconds: 1800,
      maxAccessTokensPerUser: 20,
    });
  }

  configure(settings: object): Promise<unknown> {
    return this.admin('POST', '/settings', { vendor: 'versa', ...settings });
  }
}

const versa = vendorOf('versa');
const isDirect = (convergence: { kind: string }): convergence is DirectConvergence =>
  convergence.kind === 'direct';

function directConvergence(): DirectConvergence {
  const { convergence } = versa.site;
  if (!isDirect(convergence)) throw new Error('the sites of versa are not converged directly');
  return convergence;
}

function deviceProgramming(): DeviceProgramming {
  if (versa.devices === undefined) throw new Error('versa has no devices');
  return versa.devices;
}

export const SITE = {
  vendor: 'versa',
  description: 'Paris office',
  controllers: ['controller-1'],
  location: { countryCode: 'FR', city: 'Paris', latitude: 48.85, longitude: 2.35 },
};

export interface ConvergedSite {
  resourceId: string;
  vendorName: string;
  outputs: Record<string, unknown>;
}

/** One organisation as the adapter and its tests know it. */
export class Organization {
  readonly connection: VendorConnection;

  constructor(
    private readonly director: SimulatedVersa,
    readonly id: string,
  ) {
    this.connection = {
      baseUrl: director.url,
      accountId: id,
      credentials: {
        clientId: 'sitewright',
        clientSecret: 'canary-client-secret',
        username: `automation@${id}`,
        password: `canary-password-of-${id}`,
      },
      meter: unmetered,
      clockScale: CLOCK_SCALE,
    };
  }

  async converge(
    more: object = {},
    { mayExist = false, resourceId = 'r-paris' } = {},
  ): Promise<ConvergedSite> {
    const vendorName = 'acme-paris';
    const spec: Record<string, unknown> = versa.site.spec.parse({ ...SITE, ...more });
    const { connection } = this;
    const outputs = await directConvergence().converge(
      { resourceId, vendorName, spec },
      { mayExist, connection, signal },
    );
    return { resourceId, vendorName, outputs };
  }

  remove(resourceId = 'r-paris', connection = this.connection): Promise<void> {
    const site = { resourceId, vendorName: 'acme-paris', spec: { ...SITE } };
    return directConvergence().remove(site, { connection, signal });
  }

  round(site: ConvergedSite, devices: readonly WantedDevice[]): Promise<DeviceResult[]> {
    return deviceProgramming().converge({ site, devices, connection: this.connection, signal });
  }

  order(rule: object): Promise<unknown> {
    return this.director.admin('POST', '/faults', { vendor: 'versa', account: this.id, ...rule });
  }

  mutate(kind: string, name: string, set: object): Promise<unknown> {
    return this.director.admin('POST', '/objects:mutate', {
      vendor: 'versa',
      account: this.id,
      kind,
      name,
      set,
    });
  }

  async objects(): Promise<VersaObjects> {
    const path = `/objects?vendor=versa&account=${this.id}`;
    const { objects } = await this.director.admin<{ objects: VersaObjects }>('GET', path);
    return objects;
  }

  /** How often each operation was called in the meantime. */
  async callsOf(action: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await this.#calls();
    await action();
    const after = await this.#calls();
    return Object.fromEntries(
      Object.entries(after)
        .map(([operation, calls]): [string, number] => [operation, calls - (before[operation] ?? 0)])
        .filter(([, calls]) => calls > 0),
    );
  }

  async #calls(): Promise<Record<string, number>> {
    const path = `/calls?vendor=versa&account=${this.id}`;
    const report = await this.director.admin<CallReport>('GET', path);
    const operations = report.accounts.find(({ account }) => account === this.id)?.operations ?? {};
    return Object.fromEntries(Object.entries(operations).map(([name, { calls }]) => [name, calls]));
  }

  /** A call that somebody else makes, by hand. */
  async byHand(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const { username = '', password = '' } = this.connection.credentials;
    const response = await fetch(this.director.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'x-versa-organization': this.id,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    const answer: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
    return answer;
  }
}
