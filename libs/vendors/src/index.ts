export { vendorOf, vendors } from './catalogue.js';
export { VendorFaultError, type VendorFault } from './faults.js';
export { isMarkedAs, ownershipMark } from './ownership-mark.js';
export { joinSecrets, splitSecrets, type SecretField, type SecretSlot } from './secrets.js';
export { vendorName } from './vendor-name.js';
export type {
  FoundSite,
  SiteToConverge,
  TerraformConvergence,
  Vendor,
  VendorConnection,
  VendorObject,
} from './vendor.js';
