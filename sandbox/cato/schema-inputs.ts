/** What the simulated operations take, with the API's own defaults. */
export const INPUTS = /* GraphQL */ `
  input EntityInput {
    id: ID!
    type: EntityType!
    name: String
  }
  input SiteRefInput {
    by: ObjectRefBy! = ID
    input: String!
  }
  input BgpPeerRefInput {
    by: ObjectRefBy! = ID
    input: String!
  }
  input BgpPeerListInput {
    site: SiteRefInput!
  }

  input AddSiteLocationInput {
    countryCode: String!
    timezone: String!
    stateCode: String
    address: String
    city: String
  }
  input AddIpsecIkeV2SiteInput {
    name: String!
    siteType: SiteType! = BRANCH
    nativeNetworkRange: IPSubnet!
    siteLocation: AddSiteLocationInput!
    description: String
    vlan: Int
  }
  input IpsecIkeV2MessageInput {
    cipher: IpSecCipher
    dhGroup: IpSecDHGroup
    integrity: IpSecHash
    prf: IpSecHash
  }
  input UpdateIpsecIkeV2SiteGeneralDetailsInput {
    connectionMode: ConnectionMode
    identificationType: IdentificationType
    initMessage: IpsecIkeV2MessageInput
    authMessage: IpsecIkeV2MessageInput
    networkRanges: [NetworkRangeEntry]
  }

  input LastMileBwInput {
    downstream: Int
    upstream: Int
    downstreamMbpsPrecision: Float
    upstreamMbpsPrecision: Float
  }
  input AddIpsecIkeV2TunnelInput {
    psk: String!
    publicSiteIp: IPAddress
    privateSiteIp: IPAddress
    privateCatoIp: IPAddress
    lastMileBw: LastMileBwInput
    name: String
    role: IPSecV2TunnelRole
  }
  input AddIpsecIkeV2TunnelsInput {
    destinationType: DestinationType
    popLocationId: ID
    publicCatoIpId: ID
    tunnels: [AddIpsecIkeV2TunnelInput!]!
  }
  input AddIpsecIkeV2SiteTunnelsInput {
    primary: AddIpsecIkeV2TunnelsInput
    secondary: AddIpsecIkeV2TunnelsInput
  }
  input UpdateIpsecIkeV2TunnelInput {
    tunnelId: IPSecV2InterfaceId!
    psk: String
    publicSiteIp: IPAddress
    privateSiteIp: IPAddress
    privateCatoIp: IPAddress
    lastMileBw: LastMileBwInput
    name: String
    role: IPSecV2TunnelRole
  }
  input UpdateIpsecIkeV2TunnelsInput {
    destinationType: DestinationType
    popLocationId: ID
    publicCatoIpId: ID
    tunnels: [UpdateIpsecIkeV2TunnelInput!]!
  }
  input UpdateIpsecIkeV2SiteTunnelsInput {
    primary: UpdateIpsecIkeV2TunnelsInput
    secondary: UpdateIpsecIkeV2TunnelsInput
  }
  input RemoveIpsecIkeV2SiteTunnelsInput {
    tunnelId: [IPSecV2InterfaceId!]!
  }

  input UpdateSiteLocationInput {
    address: String
    cityName: String
    countryCode: String
    stateCode: String
    timezone: String
  }
  input PopLocationRefInput {
    by: ObjectRefBy! = ID
    input: String!
  }
  input PreferredPopLocationInput {
    primary: PopLocationRefInput
    secondary: PopLocationRefInput
    preferredOnly: Boolean
  }
  input UpdateSiteGeneralDetailsInput {
    name: String
    description: String
    siteType: SiteType
    siteLocation: UpdateSiteLocationInput
    preferredPopLocation: PreferredPopLocationInput
  }

  input DhcpSettingsInput {
    dhcpType: DhcpType!
    ipRange: String
    relayGroupId: ID
    dhcpMicrosegmentation: Boolean
  }
  input UpdateNetworkRangeInput {
    name: String
    rangeType: SubnetType
    subnet: IPSubnet
    gateway: IPAddress
    localIp: IPAddress
    vlan: Int
    dhcpSettings: DhcpSettingsInput
    internetOnly: Boolean
    mdnsReflector: Boolean
    translatedSubnet: IPSubnet
    azureFloatingIp: IPAddress
  }

  input BgpCommunityInput {
    from: Asn16!
    to: Asn16!
  }
  input BgpSummaryRouteInput {
    route: IPSubnet!
    community: [BgpCommunityInput!]! = []
  }
  input BfdSettingsInput {
    transmitInterval: Int! = 1000
    receiveInterval: Int! = 1000
    multiplier: Int! = 5
  }
  input BgpTrackingInput {
    subscriptionId: ID!
    enabled: Boolean! = false
    alertFrequency: AlertFrequency! = HOURLY
  }
  input AddBgpPeerInput {
    site: SiteRefInput!
    name: String!
    peerAsn: Asn32!
    catoAsn: Asn16!
    peerIp: IPAddress!
    defaultAction: BgpDefaultAction!
    advertiseDefaultRoute: Boolean! = true
    advertiseAllRoutes: Boolean! = false
    advertiseSummaryRoutes: Boolean! = false
    performNat: Boolean! = false
    metric: Int! = 100
    holdTime: Int! = 60
    keepaliveInterval: Int! = 20
    bfdEnabled: Boolean! = false
    bfdSettings: BfdSettingsInput
    md5AuthKey: String
    summaryRoute: [BgpSummaryRouteInput!]! = []
    defaultRouteCommunities: [BgpCommunityInput!]! = []
    defaultActionExclusion: [BgpFilterRule!]! = []
    tracking: BgpTrackingInput
  }
  input UpdateBgpPeerInput {
    id: ID!
    name: String
    peerAsn: Asn32
    catoAsn: Asn16
    peerIp: IPAddress
    defaultAction: BgpDefaultAction
    advertiseDefaultRoute: Boolean
    advertiseAllRoutes: Boolean
    advertiseSummaryRoutes: Boolean
    performNat: Boolean
    metric: Int
    holdTime: Int
    keepaliveInterval: Int
    bfdEnabled: Boolean
    bfdSettings: BfdSettingsInput
    md5AuthKey: String
    summaryRoute: [BgpSummaryRouteInput!]
    defaultRouteCommunities: [BgpCommunityInput!]
    defaultActionExclusion: [BgpFilterRule!]
    tracking: BgpTrackingInput
  }
  input RemoveBgpPeerInput {
    id: ID!
  }
`;
