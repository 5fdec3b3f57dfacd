/**
 * The documents that the vendor's SDK sends, by their operation's field, written from our notes on the vendor. They are
 * what the simulator must answer; it knows nothing of them.
 */
const TUNNEL_GROUPS = (kind: 'Add' | 'Update'): string =>
  ['primary', 'secondary']
    .map(
      (side) => `${side}${kind}IpsecIkeV2SiteTunnelsPayload: ${side} {
        fqdn
        tunnels { tunnelId${kind}IpsecIkeV2SiteTunnelPayload: tunnelId localId }
      }`,
    )
    .join('\n');

const PEER_SCALARS = `id name peerAsn catoAsn peerIp catoIp advertiseDefaultRoute advertiseAllRoutes advertiseSummaryRoutes
  performNat md5AuthKey metric holdTime keepaliveInterval bfdEnabled`;

const PEER_OF_MUTATION = `bgpPeer {
  siteRefSite: site { id name }
  ${PEER_SCALARS}
  bgpSummaryRouteSummaryRoute: summaryRoute { id route bgpCommunityCommunity: community { from to } }
  bgpDefaultActionDefaultAction: defaultAction
  bfdSettingsBfdSettings: bfdSettings { transmitInterval receiveInterval multiplier }
  bgpTrackingTracking: tracking { id enabled alertFrequency subscriptionId }
}`;

const PEER_OF_QUERY = `{
  site { id name }
  ${PEER_SCALARS}
  summaryRoute { id route community { from to } }
  defaultAction
  bfdSettingsBgpPeer: bfdSettings { transmitInterval receiveInterval multiplier }
  trackingBgpPeer: tracking { id enabled alertFrequency subscriptionId }
}`;

const siteMutation = (name: string, variables: string, field: string): string =>
  `mutation ${name} (${variables}, $accountId: ID!) { site(accountId: $accountId) { ${field} } }`;

const HOST = 'hostId name ip macAddress';

const RANGE = `networkRangeId name rangeType subnet translatedSubnet localIp gateway vlan azureFloatingIp
  dhcpSettings { dhcpType ipRange relayGroupId dhcpMicrosegmentation } mdnsReflector internetOnly`;

/** Mutations with one input object, `site<Name>` with the variable `<name>Input`: all bulk calls are such. */
const inputMutation = (field: string, selection: string): string => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  return siteMutation(
    `site${type}`,
    `$${field}Input: ${type}Input!`,
    `${field}(input: $${field}Input) { ${selection} }`,
  );
};

/** `bgpPeer` and `bgpPeerList` are both sent as the operation named `site`. */
export const documents = {
  siteAddIpsecIkeV2Site: siteMutation(
    'siteAddIpsecIkeV2Site',
    '$addIpsecIkeV2SiteInput: AddIpsecIkeV2SiteInput!',
    'addIpsecIkeV2Site(input: $addIpsecIkeV2SiteInput) { siteId }',
  ),
  siteUpdateIpsecIkeV2SiteGeneralDetails: siteMutation(
    'siteUpdateIpsecIkeV2SiteGeneralDetails',
    '$siteId: ID!, $updateIpsecIkeV2SiteGeneralDetailsInput: UpdateIpsecIkeV2SiteGeneralDetailsInput!',
    `updateIpsecIkeV2SiteGeneralDetails(siteId: $siteId, input: $updateIpsecIkeV2SiteGeneralDetailsInput) {
      siteId localId
    }`,
  ),
  siteAddIpsecIkeV2SiteTunnels: siteMutation(
    'siteAddIpsecIkeV2SiteTunnels',
    '$siteId: ID!, $addIpsecIkeV2SiteTunnelsInput: AddIpsecIkeV2SiteTunnelsInput!',
    `addIpsecIkeV2SiteTunnels(siteId: $siteId, input: $addIpsecIkeV2SiteTunnelsInput) {
      siteId ${TUNNEL_GROUPS('Add')}
    }`,
  ),
  siteUpdateIpsecIkeV2SiteTunnels: siteMutation(
    'siteUpdateIpsecIkeV2SiteTunnels',
    '$siteId: ID!, $updateIpsecIkeV2SiteTunnelsInput: UpdateIpsecIkeV2SiteTunnelsInput!',
    `updateIpsecIkeV2SiteTunnels(siteId: $siteId, input: $updateIpsecIkeV2SiteTunnelsInput) {
      siteId ${TUNNEL_GROUPS('Update')}
    }`,
  ),
  siteRemoveIpsecIkeV2SiteTunnels: siteMutation(
    'siteRemoveIpsecIkeV2SiteTunnels',
    '$siteId: ID!, $removeIpsecIkeV2SiteTunnelsInput: RemoveIpsecIkeV2SiteTunnelsInput!',
    `removeIpsecIkeV2SiteTunnels(siteId: $siteId, input: $removeIpsecIkeV2SiteTunnelsInput) {
      siteId
      primary { fqdn tunnels { tunnelId localId } }
      secondary { fqdn tunnels { tunnelId localId } }
    }`,
  ),
  siteUpdateSiteGeneralDetails: siteMutation(
    'siteUpdateSiteGeneralDetails',
    '$siteId: ID!, $updateSiteGeneralDetailsInput: UpdateSiteGeneralDetailsInput!',
    'updateSiteGeneralDetails(siteId: $siteId, input: $updateSiteGeneralDetailsInput) { siteId }',
  ),
  siteUpdateNetworkRange: siteMutation(
    'siteUpdateNetworkRange',
    '$networkRangeId: ID!, $updateNetworkRangeInput: UpdateNetworkRangeInput!',
    'updateNetworkRange(networkRangeId: $networkRangeId, input: $updateNetworkRangeInput) { networkRangeId }',
  ),
  siteRemoveSite: siteMutation('siteRemoveSite', '$siteId: ID!', 'removeSite(siteId: $siteId) { siteId }'),
  siteAddBgpPeer: siteMutation(
    'siteAddBgpPeer',
    '$addBgpPeerInput: AddBgpPeerInput!',
    `addBgpPeer(input: $addBgpPeerInput) { ${PEER_OF_MUTATION} }`,
  ),
  siteUpdateBgpPeer: siteMutation(
    'siteUpdateBgpPeer',
    '$updateBgpPeerInput: UpdateBgpPeerInput!',
    `updateBgpPeer(input: $updateBgpPeerInput) { ${PEER_OF_MUTATION} }`,
  ),
  siteRemoveBgpPeer: siteMutation(
    'siteRemoveBgpPeer',
    '$removeBgpPeerInput: RemoveBgpPeerInput!',
    `removeBgpPeer(input: $removeBgpPeerInput) { ${PEER_OF_MUTATION} }`,
  ),
  siteBgpPeer: `query site ($bgpPeerRefInput: BgpPeerRefInput!, $accountId: ID!) {
    site(accountId: $accountId) { bgpPeer(input: $bgpPeerRefInput) ${PEER_OF_QUERY} }
  }`,
  siteBgpPeerList: `query site ($bgpPeerListInput: BgpPeerListInput!, $accountId: ID!) {
    site(accountId: $accountId) { bgpPeerList(input: $bgpPeerListInput) { bgpPeer ${PEER_OF_QUERY} total } }
  }`,
  siteGeneralDetails: `query siteGeneralDetails ($siteRefInput: SiteRefInput!, $accountId: ID!) {
    site(accountId: $accountId) {
      siteGeneralDetails(site: $siteRefInput) {
        site { id name } siteType description
        siteLocation { countryCode stateCode cityName timezone address }
        preferredPopLocationSiteGeneralDetailsPayload: preferredPopLocation {
          primary { id name } secondary { id name } preferredOnly
        }
      }
    }
  }`,
  siteAddStaticHost: siteMutation(
    'siteAddStaticHost',
    '$siteId: ID!, $addStaticHostInput: AddStaticHostInput!',
    'addStaticHost(siteId: $siteId, input: $addStaticHostInput) { hostId }',
  ),
  siteUpdateStaticHost: siteMutation(
    'siteUpdateStaticHost',
    '$hostId: ID!, $updateStaticHostInput: UpdateStaticHostInput!',
    'updateStaticHost(hostId: $hostId, input: $updateStaticHostInput) { hostId }',
  ),
  siteRemoveStaticHost: siteMutation(
    'siteRemoveStaticHost',
    '$hostId: ID!',
    'removeStaticHost(hostId: $hostId) { hostId }',
  ),
  siteCreateStaticHostBulk: inputMutation('createStaticHostBulk', `host { ${HOST} }`),
  siteUpdateStaticHostBulk: inputMutation('updateStaticHostBulk', `host { ${HOST} }`),
  siteDeleteStaticHostBulk: inputMutation('deleteStaticHostBulk', `host { ${HOST} }`),
  siteUpdateSiteStaticHosts: inputMutation('updateSiteStaticHosts', `host { ${HOST} }`),
  siteStaticHost: `query siteStaticHost ($accountId: ID!, $siteRefInput: SiteRefInput!, $hostId: ID!) {
    site(accountId: $accountId) { staticHost(site: $siteRefInput, hostId: $hostId) { host { ${HOST} } } }
  }`,
  siteStaticHostList: `query siteStaticHostList ($accountId: ID!, $siteRefInput: SiteRefInput!) {
    site(accountId: $accountId) { staticHostList(site: $siteRefInput) { items { ${HOST} } } }
  }`,
  siteAddNetworkRange: siteMutation(
    'siteAddNetworkRange',
    '$lanSocketInterfaceId: ID!, $addNetworkRangeInput: AddNetworkRangeInput!',
    'addNetworkRange(lanSocketInterfaceId: $lanSocketInterfaceId, input: $addNetworkRangeInput) { networkRangeId }',
  ),
  siteRemoveNetworkRange: siteMutation(
    'siteRemoveNetworkRange',
    '$networkRangeId: ID!',
    'removeNetworkRange(networkRangeId: $networkRangeId) { networkRangeId }',
  ),
  siteCreateNetworkRangeBulk: inputMutation('createNetworkRangeBulk', `networkRange { ${RANGE} }`),
  siteUpdateNetworkRangeBulk: inputMutation('updateNetworkRangeBulk', `networkRange { ${RANGE} }`),
  siteDeleteNetworkRangeBulk: inputMutation('deleteNetworkRangeBulk', `networkRange { ${RANGE} }`),
  siteUpdateSiteNetworkRanges: inputMutation('updateSiteNetworkRanges', `networkRange { ${RANGE} }`),
  siteNetworkRange: `query networkRange ($accountID: ID!, $networkRangeID: ID!) {
    site(accountId: $accountID) { networkRange(networkRangeId: $networkRangeID) { ${RANGE} } }
  }`,
  siteNetworkRangeList: `query networkRangeList ($accountID: ID!, $input: NetworkRangeListInput!) {
    site(accountId: $accountID) { networkRangeList(input: $input) { items { ${RANGE} } total } }
  }`,
  entityLookup: `query entityLookup ($accountID: ID!, $type: EntityType!, $limit: Int, $from: Int, $parent: EntityInput,
    $search: String, $entityIDs: [ID!], $sort: [SortInput], $filters: [LookupFilterInput], $helperFields: [String!]) {
    entityLookup(accountID: $accountID, type: $type, limit: $limit, from: $from, parent: $parent, search: $search,
      entityIDs: $entityIDs, sort: $sort, filters: $filters, helperFields: $helperFields) {
      items { entity { id name type } description helperFields } total
    }
  }`,
  accountSnapshot: `query accountSnapshot ($siteIDs: [ID!], $userIDs: [ID!], $accountID: ID) {
    accountSnapshot(accountID: $accountID) {
      id
      sites(siteIDs: $siteIDs) {
        id protoId connectivityStatusSiteSnapshot: connectivityStatus
        haStatusSiteSnapshot: haStatus { readiness wanConnectivity keepalive socketVersion }
        operationalStatusSiteSnapshot: operationalStatus lastConnected connectedSince popName
        devices { id name socketInfo { id serial platformSocketInfo: platform } }
        infoSiteSnapshot: info {
          name type description countryCode region countryName countryStateName cityName address isHA connType
          creationTime
          interfaces { id name wanRoleInterfaceInfo: wanRole }
          sockets { id serial isPrimary platformSocketInfo: platform }
          ipsec { isPrimary catoIP remoteIP ikeVersion }
        }
        hostCount altWanStatus
      }
      users(userIDs: $userIDs) { id connectivityStatusUserSnapshot: connectivityStatus name }
      timestamp
    }
  }`,
  policyPrivateAccessDiscardRevision: `mutation policyPrivateAccessDiscardRevision ($accountID: ID!) {
    policy(accountId: $accountID) {
      privateAccess { discardPolicyRevision { status errors { errorCode errorMessage } } }
    }
  }`,
} as const;

export type DocumentName = keyof typeof documents;

/** What the SDK sends beside the document: the name that the document itself carries. */
export function operationNameOf(name: DocumentName): string {
  if (name === 'siteNetworkRange') return 'networkRange';
  if (name === 'siteNetworkRangeList') return 'networkRangeList';
  return name === 'siteBgpPeer' || name === 'siteBgpPeerList' ? 'site' : name;
}

/** The variables of a lookup as the SDK encodes them: nothing is left out, unset lists are empty. */
export function lookupVariables(given: Record<string, unknown>): Record<string, unknown> {
  const unset = { limit: null, from: null, parent: null, search: null };
  return { ...unset, entityIDs: [], sort: [], filters: [], helperFields: [], ...given };
}
