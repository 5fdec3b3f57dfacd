import type { DeviceRequests, DeviceSubmitResult } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { SiteParams } from '../sites/site-address.js';
import { WriteOrder, type CheckedRequest } from '../writes/write-order.js';

export const DEVICE_REQUESTS = Symbol('DeviceRequests');

/** One device, or all of a batch together: a batch has no revision and so no conditions. */
type DeviceTarget = SiteParams & { device?: string };

/** The order of checks of what changes devices. */
@Injectable()
export class DeviceWriteOrder extends WriteOrder<DeviceTarget, DeviceSubmitResult> {
  constructor(@Inject(DEVICE_REQUESTS) private readonly devices: DeviceRequests) {
    super();
  }

  protected override check(
    { customer, site, device }: DeviceTarget,
    request: CheckedRequest,
  ): Promise<DeviceSubmitResult | undefined> {
    return this.devices.check({ customer, site, device, ...request });
  }

  protected override async read({ customer, site, device }: DeviceTarget): Promise<number> {
    if (device === undefined) throw new Error('a batch has no revision');
    return (await this.devices.get(customer, site, device)).revision;
  }
}
