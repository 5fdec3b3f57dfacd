import { z } from 'zod';
import type { SiteToConverge, Vendor } from '../vendor.js';
import { convergeDevices } from './device-rounds.js';
import { MerakiDeviceSpec } from './device-spec.js';
import { faultOfText } from './faults.js';
import { merakiLimits } from './limits.js';
import { MerakiSite } from './site-spec.js';
import { convergeNetwork, removeNetwork } from './sites.js';
import { isSameSet } from './spec-fields.js';

/** A spec from the ledger; what an older version stored gets the defaults that came since. */
const asMeraki = (spec: Record<string, unknown>): MerakiSite => MerakiSite.parse(spec);
const site = (wanted: SiteToConverge): SiteToConverge<MerakiSite> => ({
  ...wanted,
  spec: asMeraki(wanted.spec),
});

export const vendor: Vendor = {
  id: 'meraki',
  displayName: 'Cisco Meraki',
  lanes: ['site', 'device', 'bulk', 'drift'],
  defaultBaseUrl: 'https://api.meraki.com/api/v1',
  sandboxBaseUrl: 'http://127.0.0.1:3903/api/v1',
  accountId: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be a Meraki organization id'),
  credentials: z.strictObject({
    apiKey: z
      .string()
      .min(1)
      .max(4096)
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII'),
  }),
  maxNameLength: 127,
  site: {
    spec: MerakiSite,
    secrets: [],
    idOutput: 'siteId',
    unsupportedChange: (applied, next) =>
      isSameSet(asMeraki(applied).productTypes, asMeraki(next).productTypes)
        ? undefined
        : {
            path: 'productTypes',
            message: 'cannot be changed: the vendor fixes it when the site is created',
          },
    convergence: {
      kind: 'direct',
      callsOfRun: { getOrganizationNetworks: 1, createOrganizationNetwork: 1 },
      converge: (wanted, options) => convergeNetwork(site(wanted), options),
      remove: ({ resourceId }, options) => removeNetwork(resourceId, options),
    },
  },
  devices: {
    spec: MerakiDeviceSpec,
    bulkSize: 50,
    callsOfRound: { getNetworkDevices: 1, createOrganizationActionBatch: 1, getOrganizationActionBatch: 2 },
    converge: convergeDevices,
  },
  limits: merakiLimits,
  fault: faultOfText,
};
