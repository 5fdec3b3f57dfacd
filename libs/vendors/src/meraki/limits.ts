import type { VendorLimits } from '../limits.js';

/**
 * Counted by organization, over all its keys and operations. The vendor lets through ten more in a second that follows a
 * rest; they are left to the organization's other tools. Source: developer.cisco.com/meraki/api-v1/rate-limit.
 */
export const merakiLimits: VendorLimits = {
  operations: {},
  overall: [{ calls: 10, windowMs: 1_000 }],
};
