import type { Device, Page } from '@app/contracts';
import type { DeviceRequests } from '@app/ledger';
import type { Vendor } from '@app/vendors';
import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from '../http/answer.js';
import type { Submission } from '../http/submission.decorator.js';
import { SubmissionAnswers } from '../operations/submission-answers.js';
import type { SiteParams } from '../sites/site-address.js';
import { knownVendor } from '../sites/site-spec.js';
import { VENDOR_CATALOGUE, type VendorCatalogue } from '../sites/vendor-catalogue.js';
import type { DeviceParams } from './device-address.js';
import { validBatch } from './device-batch.js';
import { deviceSpec } from './device-spec.js';
import { DEVICE_REQUESTS, DeviceWriteOrder } from './device-write-order.js';

/** What clients do with devices. */
@Injectable()
export class DevicesService {
  constructor(
    @Inject(DEVICE_REQUESTS) private readonly devices: DeviceRequests,
    @Inject(VENDOR_CATALOGUE) private readonly vendors: VendorCatalogue,
    private readonly order: DeviceWriteOrder,
    private readonly answers: SubmissionAnswers,
  ) {}

  async put(address: DeviceParams, body: unknown, submission: Submission): Promise<Answer> {
    const validation = await this.order.validate(address, submission, async () =>
      deviceSpec(await this.vendorOf(address), address.device, body),
    );
    if ('earlier' in validation) return this.answers.answer(validation.earlier, submission.wait);
    const { requester, idempotency } = submission;
    const result = await this.order.write(address, submission, (preconditions) =>
      this.devices.put({ ...address, spec: validation.valid, requester, idempotency, preconditions }),
    );
    return this.answers.answer(result, submission.wait);
  }

  async delete(address: DeviceParams, submission: Submission): Promise<Answer> {
    const { requester, idempotency } = submission;
    const result = await this.order.write(address, submission, (preconditions) =>
      this.devices.delete({ ...address, requester, idempotency, preconditions }),
    );
    return this.answers.answer(result, submission.wait);
  }

  async batch(address: SiteParams, body: unknown, submission: Submission): Promise<Answer> {
    const unconditional = { ...submission, conditions: { mustNotExist: false } };
    const validation = await this.order.validate(address, unconditional, async () =>
      validBatch(await this.vendorOf(address), body),
    );
    if ('earlier' in validation) return this.answers.answer(validation.earlier, submission.wait);
    const { requester, idempotency } = submission;
    const result = await this.devices.batch({ ...address, ...validation.valid, requester, idempotency });
    return this.answers.answer(result, submission.wait);
  }

  get({ customer, site, device }: DeviceParams): Promise<Device> {
    return this.devices.get(customer, site, device);
  }

  list(
    { customer, site }: SiteParams,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Device>> {
    return this.devices.list(customer, site, page);
  }

  private async vendorOf({ customer, site }: SiteParams): Promise<Vendor> {
    return knownVendor(this.vendors, await this.devices.vendorOfSite(customer, site));
  }
}
