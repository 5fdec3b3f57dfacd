/**
 * The GraphQL documents of the vendor's SDK for the resources modelled here: operation names, variables, fields
 * and aliases are part of the contract, because the answer is decoded by alias and nothing else is accepted.
 */
export interface Operation {
  readonly name: string;
  readonly document: string;
}

const TUNNELS = (kind: 'Add' | 'Update'): string => `
        fqdn
        tunnels {
          tunnelId${kind}IpsecIkeV2SiteTunnelPayload: tunnelId
          localId
        }`;

const BGP_SCALARS = 'advertiseDefaultRoute advertiseAllRoutes advertiseSummaryRoutes';
const BFD_FIELDS = '{ transmitInterval receiveInterval multiplier }';
const TRACKING_FIELDS = '{ id enabled alertFrequency subscriptionId }';

const BGP_PEER_OF_MUTATION = `
      bgpPeer {
        siteRefSite: site { id name }
        id name peerAsn catoAsn peerIp catoIp ${BGP_SCALARS}
        bgpSummaryRouteSummaryRoute: summaryRoute { id route bgpCommunityCommunity: community { from to } }
        bgpDefaultActionDefaultAction: defaultAction
        performNat md5AuthKey metric holdTime keepaliveInterval bfdEnabled
        bfdSettingsBfdSettings: bfdSettings ${BFD_FIELDS}
        bgpTrackingTracking: tracking ${TRACKING_FIELDS}
      }`;

const BGP_PEER_OF_QUERY = `
      site { id name }
      id name peerAsn catoAsn peerIp catoIp ${BGP_SCALARS}
      summaryRoute { id route community { from to } }
      defaultAction
      performNat md5AuthKey metric holdTime keepaliveInterval bfdEnabled
      bfdSettingsBgpPeer: bfdSettings ${BFD_FIELDS}
      trackingBgpPeer: tracking ${TRACKING_FIELDS}`;

function bgpMutation(verb: 'Add' | 'Update' | 'Remove'): Operation {
  const field = `${verb.toLowerCase()}BgpPeer`;
  const input = `${field}Input`;
  return {
    name: `site${verb}BgpPeer`,
    document: `mutation site${verb}BgpPeer ($${input}: ${verb}BgpPeerInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    ${field}(input: $${input}) {${BGP_PEER_OF_MUTATION}
    }
  }
}`,
  };
}

function tunnelsMutation(kind: 'Add' | 'Update'): Operation {
  const field = `${kind.toLowerCase()}IpsecIkeV2SiteTunnels`;
  const payload = `${kind}IpsecIkeV2SiteTunnelsPayload`;
  return {
    name: `site${kind}IpsecIkeV2SiteTunnels`,
    document: `mutation site${kind}IpsecIkeV2SiteTunnels ($siteId: ID!, $${field}Input: ${kind}IpsecIkeV2SiteTunnelsInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    ${field}(siteId: $siteId, input: $${field}Input) {
      siteId
      primary${payload}: primary {${TUNNELS(kind)}
      }
      secondary${payload}: secondary {${TUNNELS(kind)}
      }
    }
  }
}`,
  };
}

export const OPERATIONS = {
  discardRevision: {
    name: 'policyPrivateAccessDiscardRevision',
    document: `mutation policyPrivateAccessDiscardRevision ($accountID: ID!) {
  policy(accountId: $accountID) {
    privateAccess {
      discardPolicyRevision {
        status
        errors { errorCode errorMessage }
      }
    }
  }
}`,
  },
  addIpsecSite: {
    name: 'siteAddIpsecIkeV2Site',
    document: `mutation siteAddIpsecIkeV2Site ($addIpsecIkeV2SiteInput: AddIpsecIkeV2SiteInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    addIpsecIkeV2Site(input: $addIpsecIkeV2SiteInput) { siteId }
  }
}`,
  },
  updateIpsecDetails: {
    name: 'siteUpdateIpsecIkeV2SiteGeneralDetails',
    document: `mutation siteUpdateIpsecIkeV2SiteGeneralDetails ($siteId: ID!, $updateIpsecIkeV2SiteGeneralDetailsInput: UpdateIpsecIkeV2SiteGeneralDetailsInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    updateIpsecIkeV2SiteGeneralDetails(siteId: $siteId, input: $updateIpsecIkeV2SiteGeneralDetailsInput) { siteId localId }
  }
}`,
  },
  addTunnels: tunnelsMutation('Add'),
  updateTunnels: tunnelsMutation('Update'),
  updateSiteDetails: {
    name: 'siteUpdateSiteGeneralDetails',
    document: `mutation siteUpdateSiteGeneralDetails ($siteId: ID!, $updateSiteGeneralDetailsInput: UpdateSiteGeneralDetailsInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    updateSiteGeneralDetails(siteId: $siteId, input: $updateSiteGeneralDetailsInput) { siteId }
  }
}`,
  },
  updateNetworkRange: {
    name: 'siteUpdateNetworkRange',
    document: `mutation siteUpdateNetworkRange ($networkRangeId: ID!, $updateNetworkRangeInput: UpdateNetworkRangeInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    updateNetworkRange(networkRangeId: $networkRangeId, input: $updateNetworkRangeInput) { networkRangeId }
  }
}`,
  },
  removeSite: {
    name: 'siteRemoveSite',
    document: `mutation siteRemoveSite ($siteId: ID!, $accountId: ID!) {
  site(accountId: $accountId) {
    removeSite(siteId: $siteId) { siteId }
  }
}`,
  },
  entityLookup: {
    name: 'entityLookup',
    document: `query entityLookup ($accountID: ID!, $type: EntityType!, $limit: Int, $from: Int, $parent: EntityInput, $search: String, $entityIDs: [ID!], $sort: [SortInput], $filters: [LookupFilterInput], $helperFields: [String!]) {
  entityLookup(accountID: $accountID, type: $type, limit: $limit, from: $from, parent: $parent, search: $search, entityIDs: $entityIDs, sort: $sort, filters: $filters, helperFields: $helperFields) {
    items {
      entity { id name type }
      description
      helperFields
    }
    total
  }
}`,
  },
  accountSnapshot: {
    name: 'accountSnapshot',
    document: `query accountSnapshot ($siteIDs: [ID!], $userIDs: [ID!], $accountID: ID) {
  accountSnapshot(accountID: $accountID) {
    id
    sites(siteIDs: $siteIDs) {
      id
      protoId
      connectivityStatusSiteSnapshot: connectivityStatus
      haStatusSiteSnapshot: haStatus { readiness wanConnectivity keepalive socketVersion }
      operationalStatusSiteSnapshot: operationalStatus
      lastConnected
      connectedSince
      popName
      devices { id name identifier connected haRole type version lastConnected connectedSince internalIP }
      infoSiteSnapshot: info {
        name type description countryCode region countryName countryStateName cityName address isHA connType creationTime
        interfaces { id name upstreamBandwidth downstreamBandwidth destType }
        sockets { id serial isPrimary platform version }
        ipsec { isPrimary catoIP remoteIP ikeVersion }
      }
      hostCount
      altWanStatus
    }
    users(userIDs: $userIDs) { id connectivityStatus operationalStatus name deviceName lastConnected version }
    timestamp
  }
}`,
  },
  bgpPeer: {
    name: 'site',
    document: `query site ($bgpPeerRefInput: BgpPeerRefInput!, $accountId: ID!) {
  site(accountId: $accountId) {
    bgpPeer(input: $bgpPeerRefInput) {${BGP_PEER_OF_QUERY}
    }
  }
}`,
  },
  addBgpPeer: bgpMutation('Add'),
  updateBgpPeer: bgpMutation('Update'),
  removeBgpPeer: bgpMutation('Remove'),
} as const satisfies Record<string, Operation>;
