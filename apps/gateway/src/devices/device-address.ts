import { Name } from '@app/contracts';
import { z } from 'zod';
import { SiteParams } from '../sites/site-address.js';

/** Where a device is in the API. */
export const DeviceParams = SiteParams.extend({ device: Name });
export type DeviceParams = z.infer<typeof DeviceParams>;
