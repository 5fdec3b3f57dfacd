import { vendorName } from '../vendor-name.js';

/** A device's name becomes its host name. */
export const MAX_NAME_LENGTH = 63;

/** Names of devices are unique in the whole organisation, so a device has its site's name in its own. */
export const deviceNameAt = (siteName: string, device: string): string =>
  vendorName(siteName, device, MAX_NAME_LENGTH);
