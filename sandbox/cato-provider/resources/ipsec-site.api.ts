import type { CatoClient } from '../api/cato-client.js';
import { OPERATIONS } from '../api/documents.js';

export interface LookupItem {
  readonly entity: { readonly id: string; readonly name?: string | null };
  readonly helperFields?: Readonly<Record<string, unknown>> | null;
}

export interface SiteSnapshot {
  readonly infoSiteSnapshot?: {
    readonly countryCode?: string | null;
    readonly countryStateName?: string | null;
    readonly cityName?: string | null;
  } | null;
}

interface TunnelIds {
  readonly tunnels?: readonly { readonly tunnelIdAddIpsecIkeV2SiteTunnelPayload: string }[] | null;
}

export interface AddedTunnels {
  readonly primary: readonly string[];
  readonly secondary: readonly string[];
}

/** The vendor calls that a `cato_ipsec_site` is made of, each with the variables of the vendor's SDK. */
export class IpsecSiteApi {
  readonly #client: CatoClient;
  readonly #signal: AbortSignal;

  constructor(client: CatoClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async addSite(addIpsecIkeV2SiteInput: object): Promise<string> {
    const data = await this.#client.execute<{
      site?: { addIpsecIkeV2Site?: { siteId?: string } | null } | null;
    }>(OPERATIONS.addIpsecSite, { addIpsecIkeV2SiteInput, accountId: this.#client.accountId }, this.#signal);
    const siteId = data?.site?.addIpsecIkeV2Site?.siteId;
    // The vendor's provider follows the pointer and crashes.
    if (siteId === undefined) throw new TypeError('the answer has no site id');
    return siteId;
  }

  async updateSite(siteId: string, updateSiteGeneralDetailsInput: object): Promise<void> {
    await this.#client.execute(
      OPERATIONS.updateSiteDetails,
      { siteId, updateSiteGeneralDetailsInput, accountId: this.#client.accountId },
      this.#signal,
    );
  }

  async updateIpsecDetails(siteId: string, updateIpsecIkeV2SiteGeneralDetailsInput: object): Promise<void> {
    await this.#client.execute(
      OPERATIONS.updateIpsecDetails,
      { siteId, updateIpsecIkeV2SiteGeneralDetailsInput, accountId: this.#client.accountId },
      this.#signal,
    );
  }

  async updateNetworkRange(networkRangeId: string, updateNetworkRangeInput: object): Promise<void> {
    await this.#client.execute(
      OPERATIONS.updateNetworkRange,
      { networkRangeId, updateNetworkRangeInput, accountId: this.#client.accountId },
      this.#signal,
    );
  }

  async addTunnels(siteId: string, addIpsecIkeV2SiteTunnelsInput: object): Promise<AddedTunnels> {
    const data = await this.#client.execute<{
      site?: {
        addIpsecIkeV2SiteTunnels?: {
          primaryAddIpsecIkeV2SiteTunnelsPayload?: TunnelIds | null;
          secondaryAddIpsecIkeV2SiteTunnelsPayload?: TunnelIds | null;
        } | null;
      } | null;
    }>(
      OPERATIONS.addTunnels,
      { siteId, addIpsecIkeV2SiteTunnelsInput, accountId: this.#client.accountId },
      this.#signal,
    );
    const added = data?.site?.addIpsecIkeV2SiteTunnels;
    return {
      primary: tunnelIds(added?.primaryAddIpsecIkeV2SiteTunnelsPayload),
      secondary: tunnelIds(added?.secondaryAddIpsecIkeV2SiteTunnelsPayload),
    };
  }

  async updateTunnels(siteId: string, updateIpsecIkeV2SiteTunnelsInput: object): Promise<void> {
    await this.#client.execute(
      OPERATIONS.updateTunnels,
      { siteId, updateIpsecIkeV2SiteTunnelsInput, accountId: this.#client.accountId },
      this.#signal,
    );
  }

  async removeSite(siteId: string): Promise<void> {
    await this.#client.execute(
      OPERATIONS.removeSite,
      { siteId, accountId: this.#client.accountId },
      this.#signal,
    );
  }

  lookupSite(siteId: string): Promise<readonly LookupItem[]> {
    return this.#lookup('site', null, [siteId]);
  }

  lookupOfSite(type: 'siteRange' | 'networkInterface', siteId: string): Promise<readonly LookupItem[]> {
    return this.#lookup(type, { id: siteId, type: 'site' }, []);
  }

  async snapshots(siteId: string): Promise<readonly SiteSnapshot[]> {
    const data = await this.#client.execute<{
      accountSnapshot?: { sites?: readonly SiteSnapshot[] | null } | null;
    }>(
      OPERATIONS.accountSnapshot,
      { siteIDs: [siteId], userIDs: [], accountID: this.#client.accountId },
      this.#signal,
    );
    return data?.accountSnapshot?.sites ?? [];
  }

  async #lookup(
    type: string,
    parent: { id: string; type: 'site' } | null,
    entityIDs: readonly string[],
  ): Promise<readonly LookupItem[]> {
    const data = await this.#client.execute<{
      entityLookup?: { items?: readonly LookupItem[] | null } | null;
    }>(
      OPERATIONS.entityLookup,
      {
        accountID: this.#client.accountId,
        type,
        limit: null,
        from: null,
        parent,
        search: null,
        entityIDs,
        sort: [],
        filters: [],
        helperFields: [],
      },
      this.#signal,
    );
    return data?.entityLookup?.items ?? [];
  }
}

function tunnelIds(group: TunnelIds | null | undefined): readonly string[] {
  return (group?.tunnels ?? []).map((tunnel) => tunnel.tunnelIdAddIpsecIkeV2SiteTunnelPayload);
}
