import { vendors } from '@app/vendors';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

const PATIENCE_MS = 5_000;

/** Gives back what the process holds at vendors, e.g. tokens, once its last call was made. */
@Injectable()
export class VendorSessionsLifecycle implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await Promise.all([...vendors.values()].map(async (vendor) => vendor.close?.(signal)));
  }
}
