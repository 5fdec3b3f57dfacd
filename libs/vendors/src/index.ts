export { unmetered, type CallMeter } from './call-meter.js';
export { terraformVendorOf, vendorOf, vendors } from './catalogue.js';
export { VendorFaultError, type VendorFault } from './faults.js';
export type { DeviceProgramming, DeviceResult, DeviceRound, WantedDevice } from './devices.js';
export { countersOf, OVERALL, type RateWindow, type VendorLimits } from './limits.js';
export { isMarkedAs, ownershipMark } from './ownership-mark.js';
export { sandboxBaseUrls, SandboxEnv } from './sandbox-addresses.js';
export { joinSecrets, splitSecrets, type SecretField, type SecretSlot } from './secrets.js';
export { vendorName } from './vendor-name.js';
export type { PlannedRun, ProviderAnswer, ProviderCalls, ProviderRequest } from './provider-calls.js';
export { isTerraformVendor } from './vendor.js';
export type {
  DirectConvergence,
  FoundSite,
  SiteToConverge,
  TerraformConvergence,
  TerraformVendor,
  Vendor,
  VendorConnection,
  VendorObject,
} from './vendor.js';
