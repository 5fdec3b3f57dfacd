export { unmetered, type CallMeter } from './call-meter.js';
export { directVendorOf, terraformVendorOf, vendorOf, vendors } from './catalogue.js';
export { VendorFaultError, type VendorFault } from './faults.js';
export type { VendorConnection } from './connection.js';
export type { DeviceProgramming, DeviceResult, DeviceRound, WantedDevice } from './devices.js';
export { countersOf, OVERALL, type RateWindow, type VendorLimits } from './limits.js';
export { isMarkedAs, ownershipMark } from './ownership-mark.js';
export { sandboxBaseUrls, SandboxEnv } from './sandbox-addresses.js';
export { joinSecrets, splitSecrets, type SecretField, type SecretSlot } from './secrets.js';
export { vendorName } from './vendor-name.js';
export type { PlannedRun, ProviderAnswer, ProviderCalls, ProviderRequest } from './provider-calls.js';
export { isDirectVendor, isTerraformVendor } from './vendor.js';
export type {
  DirectConvergence,
  DirectVendor,
  FoundSite,
  SiteToConverge,
  TerraformConvergence,
  TerraformVendor,
  Vendor,
  VendorObject,
} from './vendor.js';
