import type {
  Call,
  Diagnostic,
  ObjectValue,
  Outcome,
  Resource,
  Value,
} from '../../terraform-plugin/index.js';
import { errorDiagnostic, nullObject } from '../../terraform-plugin/index.js';
import { CatoApiError } from '../api/api-error.js';
import type { CatoClient } from '../api/cato-client.js';
import type { AddedTunnels } from './ipsec-site.api.js';
import { IpsecSiteApi } from './ipsec-site.api.js';
import { hydrateSite, nativeRangeIdAfterCreate } from './ipsec-site.hydrate.js';
import {
  addSiteInput,
  addTunnelsInput,
  ipsecDetailsInput,
  updateSiteInput,
  updateTunnelsInput,
} from './ipsec-site.inputs.js';
import type { IpsecSiteModel, TunnelGroupModel } from './ipsec-site.model.js';
import { toIpsecSite } from './ipsec-site.model.js';
import { ipsecSiteSchema } from './ipsec-site.schema.js';

const SUMMARY = {
  api: 'Cato API error',
  lookup: 'Catov2 API EntityLookup error',
  plain: 'Catov2 API error',
  siteDetails: 'Catov2 API SiteUpdateSiteGeneralDetails error',
  ipsecDetails: 'Catov2 API SiteUpdateIpsecIkeV2SiteGeneralDetails error',
  networkRange: 'Catov2 API SiteUpdateNetworkRange error',
  tunnels: 'Cato API error in SiteAddIpsecIkeV2SiteTunnels',
  hydrate: 'Error hydrating IPSec site state',
  remove: 'Catov2 API SiteRemoveSite error',
} as const;

/** `cato_ipsec_site`: each action makes the calls of the vendor's provider, in its order. */
export const ipsecSiteResource: Resource<CatoClient> = {
  schema: ipsecSiteSchema,

  create: (call, planned) => {
    const site = toIpsecSite(planned);
    const api = apiOf(call);
    return stopAtError(null, async (step) => {
      const siteId = await step(SUMMARY.api, api.addSite(addSiteInput(site)));
      // Stored at once: whatever fails from here on leaves a tainted resource instead of a lost site.
      step.keep({ ...nullObject(ipsecSiteSchema), id: siteId });
      const rangeId = nativeRangeIdAfterCreate(
        await step(SUMMARY.lookup, api.lookupOfSite('siteRange', siteId)),
      );
      await step(SUMMARY.ipsecDetails, api.updateIpsecDetails(siteId, ipsecDetailsInput(site.ipsec)));
      const tunnels = await step(SUMMARY.tunnels, api.addTunnels(siteId, addTunnelsInput(site.ipsec)));
      const hydrated = await step(SUMMARY.hydrate, hydrateSite(api, site, siteId));
      return createdState(hydrated.site, siteId, rangeId, tunnels);
    });
  },

  read: (call, state) => {
    const site = toIpsecSite(state);
    return stopAtError(state, async (step) => {
      const hydrated = await step(SUMMARY.hydrate, hydrateSite(apiOf(call), site, idText(site.id)));
      return hydrated.exists ? hydrated.site : null;
    });
  },

  update: (call, planned, prior) => {
    const site = toIpsecSite(planned);
    const api = apiOf(call);
    const siteId = idText(site.ipsec?.site_id ?? null);
    return stopAtError(prior, async (step) => {
      await step(SUMMARY.siteDetails, api.updateSite(idText(site.id), updateSiteInput(site)));
      if (site.native_network_range !== prior['native_network_range']) {
        const rangeId = idText(site.native_network_range_id);
        await step(
          SUMMARY.networkRange,
          api.updateNetworkRange(rangeId, { subnet: site.native_network_range }),
        );
      }
      await step(SUMMARY.ipsecDetails, api.updateIpsecDetails(siteId, ipsecDetailsInput(site.ipsec)));
      const hydrated = await step(SUMMARY.hydrate, hydrateSite(api, site, siteId));
      // Also when tunnels were added or removed: the vendor's provider adds and removes none on update.
      await step(SUMMARY.tunnels, api.updateTunnels(siteId, updateTunnelsInput(site.ipsec)));
      return hydrated.site;
    });
  },

  delete: (call, state) => {
    const siteId = idText(toIpsecSite(state).id);
    const api = apiOf(call);
    return stopAtError(state, async (step) => {
      const items = await step(SUMMARY.plain, api.lookupSite(siteId));
      if (items.length === 1) await step(SUMMARY.remove, api.removeSite(siteId));
      return null;
    });
  },

  importState: (id) => ({ ...nullObject(ipsecSiteSchema), id }),
};

interface Step {
  <Result>(summary: string, call: Promise<Result>): Promise<Result>;
  /** The state to answer with should a later step fail. */
  keep(state: ObjectValue): void;
}

/** Runs the steps of one action; the first API error ends it, with the state kept so far. */
async function stopAtError(
  initial: ObjectValue | null,
  run: (step: Step) => Promise<ObjectValue | null>,
): Promise<Outcome> {
  let state = initial;
  let diagnostic: Diagnostic | undefined;
  const step = async <Result>(summary: string, call: Promise<Result>): Promise<Result> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof CatoApiError) diagnostic = errorDiagnostic(summary, error.message);
      throw error;
    }
  };
  const keep = (kept: ObjectValue): void => {
    state = kept;
  };
  try {
    return { state: await run(Object.assign(step, { keep })) };
  } catch (error) {
    if (!diagnostic) throw error;
    return { state, diagnostics: [diagnostic] };
  }
}

/** Tunnel ids are taken from the answer by position; a tunnel it does not list keeps an unknown id. */
function createdState(site: IpsecSiteModel, siteId: string, rangeId: string, ids: AddedTunnels): ObjectValue {
  return {
    ...site,
    id: siteId,
    native_network_range_id: rangeId,
    ipsec: site.ipsec && {
      ...site.ipsec,
      site_id: siteId,
      primary: withTunnelIds(site.ipsec.primary, ids.primary),
      secondary: withTunnelIds(site.ipsec.secondary, ids.secondary),
    },
  };
}

function withTunnelIds(group: TunnelGroupModel | null, ids: readonly string[]): TunnelGroupModel | null {
  if (!group?.tunnels) return group;
  return {
    ...group,
    tunnels: group.tunnels.map((tunnel, index) => ({ ...tunnel, tunnel_id: ids[index] ?? tunnel.tunnel_id })),
  };
}

function apiOf({ client, signal }: Call<CatoClient>): IpsecSiteApi {
  return new IpsecSiteApi(client, signal);
}

function idText(value: Value): string {
  return typeof value === 'string' ? value : '';
}
