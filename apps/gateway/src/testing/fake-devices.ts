import type { Device } from '@app/contracts';
import type {
  CheckDevices,
  DeleteDevice,
  DeviceBatch,
  DeviceRequests,
  DeviceSubmitResult,
  PutDevice,
} from '@app/ledger';
import { operationOf, Refusal } from './fakes.js';

export const deviceOf = (changes: Partial<Device> = {}): Device => ({
  name: 'printer',
  vendor: 'cato',
  spec: { ip: '10.20.0.9' },
  revision: 1,
  appliedRevision: 1,
  phase: 'ready',
  outputs: {},
  links: {},
  ...changes,
});

/** Devices of one site; answers what it is told to and remembers what it was asked. */
export class FakeDevices implements DeviceRequests {
  readonly devices = new Map<string, Device>();
  /** Vendors of the sites that there are. */
  readonly sites = new Map([['paris', 'cato']]);
  readonly puts: PutDevice[] = [];
  readonly deletes: DeleteDevice[] = [];
  readonly batches: DeviceBatch[] = [];
  readonly checks: CheckDevices[] = [];
  readonly pages: unknown[] = [];
  /** What the idempotency key of a request stood for before. */
  earlier: DeviceSubmitResult | undefined;
  result: DeviceSubmitResult = {
    kind: 'accepted',
    operation: operationOf({ lane: 'device', device: 'printer' }),
    isReplay: false,
  };
  /** Thrown, one after the other, by the next writes. */
  failures: Error[] = [];

  put(request: PutDevice): Promise<DeviceSubmitResult> {
    this.puts.push(request);
    return this.answer();
  }

  delete(request: DeleteDevice): Promise<DeviceSubmitResult> {
    this.deletes.push(request);
    return this.answer();
  }

  batch(request: DeviceBatch): Promise<DeviceSubmitResult> {
    this.batches.push(request);
    return this.answer();
  }

  check(request: CheckDevices): Promise<DeviceSubmitResult | undefined> {
    this.checks.push(request);
    const { ifRevision } = request.preconditions;
    const revision = this.devices.get(request.device ?? '')?.revision;
    if (this.earlier === undefined && ifRevision !== undefined && ifRevision !== revision) {
      return Promise.reject(new Refusal('PRECONDITION_FAILED'));
    }
    return Promise.resolve(this.earlier);
  }

  vendorOfSite(_customer: string, site: string): Promise<string> {
    const vendor = this.sites.get(site);
    return vendor === undefined ? Promise.reject(new Refusal('NOT_FOUND')) : Promise.resolve(vendor);
  }

  get(_customer: string, _site: string, name: string): Promise<Device> {
    const device = this.devices.get(name);
    return device === undefined ? Promise.reject(new Refusal('NOT_FOUND')) : Promise.resolve(device);
  }

  list(...[, , page]: Parameters<DeviceRequests['list']>): ReturnType<DeviceRequests['list']> {
    this.pages.push(page);
    return Promise.resolve({ items: [...this.devices.values()], nextCursor: null });
  }

  results(): ReturnType<DeviceRequests['results']> {
    return Promise.resolve([]);
  }

  /** Nothing was asked of it that changes anything. */
  get isUntouched(): boolean {
    return this.puts.length + this.deletes.length + this.batches.length === 0;
  }

  private answer(): Promise<DeviceSubmitResult> {
    const failure = this.failures.shift();
    return failure === undefined ? Promise.resolve(this.result) : Promise.reject(failure);
  }
}
