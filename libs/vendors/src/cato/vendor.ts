import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../package-root.js';
import type { SiteToConverge, Vendor } from '../vendor.js';
import { catoDevices } from './devices.js';
import { faultOfDiagnostic } from './faults.js';
import { catoLimits } from './limits.js';
import { catoProviderCalls } from './provider-calls.js';
import { destroyedPeers, unsupportedChange } from './site-changes.js';
import { findSite, removePeer, removeSite, SITE_ADDRESS } from './site-directory.js';
import { CatoSite, CatoTunnel, catoSecrets } from './site-spec.js';
import { siteVariables } from './site-variables.js';

/** A spec from the ledger; what an older version stored gets the defaults that came since. */
const asCato = (spec: Record<string, unknown>): CatoSite => CatoSite.parse(spec);
const site = (wanted: SiteToConverge): SiteToConverge<CatoSite> => ({ ...wanted, spec: asCato(wanted.spec) });

const Outputs = z.object({
  site_id: z.string(),
  bgp_peer_ids: z.record(z.string(), z.string()),
  native_network_range_id: z.string().nullish(),
});

/**
 * An imported site has no tunnel ids in its state. Every update of it ends with this error of Terraform's although the
 * vendor has accepted it, because the provider leaves them unknown (terraform-provider-cato 0.0.96,
 * resource_site_ipsec.go).
 */
const UNKNOWN_TUNNEL_ID = /Provider returned invalid result object after apply[\s\S]*tunnel_id/;

export const vendor: Vendor = {
  id: 'cato',
  displayName: 'Cato Networks',
  lanes: ['site', 'device', 'bulk', 'drift'],
  defaultBaseUrl: 'https://api.catonetworks.com/api/v1/graphql2',
  sandboxBaseUrl: 'http://127.0.0.1:3901/api/v1/graphql2',
  accountId: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be a Cato account id'),
  credentials: z.strictObject({
    token: z
      .string()
      .min(1)
      .max(4096)
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII'),
  }),
  maxNameLength: 63,
  site: {
    spec: CatoSite,
    tunnel: CatoTunnel,
    secrets: catoSecrets,
    idOutput: 'siteId',
    unsupportedChange: (applied, next) => unsupportedChange(asCato(applied), asCato(next)),
    convergence: {
      kind: 'terraform',
      provider: { source: 'registry.terraform.io/catonetworks/cato', version: '0.0.96' },
      moduleDirectory: join(packageRoot(), 'libs/vendors/src/cato/terraform'),
      siteAddress: SITE_ADDRESS,
      variables: (wanted, connection) => siteVariables(site(wanted), connection),
      // Without it every provider start throws away the account's unpublished private-access policy draft.
      environment: { DISABLE_POLICY_RULE_CLEANUP: 'true' },
      calls: catoProviderCalls(asCato),
      parallelism: 4,
      destroyedBy: (applied, next) =>
        destroyedPeers(applied === undefined ? undefined : asCato(applied), asCato(next)),
      outputs: (raw) => {
        const outputs = Outputs.parse(raw);
        return {
          siteId: outputs.site_id,
          bgpPeerIds: outputs.bgp_peer_ids,
          nativeNetworkRangeId: outputs.native_network_range_id ?? null,
        };
      },
      isCheckedByPlan: (diagnostic) => UNKNOWN_TUNNEL_ID.test(diagnostic),
      find: (wanted, connection, signal) => findSite(site(wanted), connection, signal),
      remove: removeSite,
      removeBelow: removePeer,
      // All of a site's tunnels (terraform-provider-cato 0.0.96, resource_site_ipsec.go).
      readsSiteInPart: true,
    },
  },
  devices: catoDevices,
  limits: catoLimits,
  fault: faultOfDiagnostic,
};
