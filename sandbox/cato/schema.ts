import { isIP, isIPv4 } from 'node:net';
import { buildSchema, type GraphQLSchema } from 'graphql';
import type { ScalarRules } from './graphql/coerce.js';

/**
 * The part of the vendor's API that is simulated: which operations there are and what they take. What they answer is
 * not typed (`Answer`), because selected fields that are not modelled must resolve to null, as new clients ask for
 * fields that did not exist when this was written.
 */
const SCHEMA = /* GraphQL */ `
  scalar Answer
  scalar Asn16
  scalar Asn32
  scalar IPAddress
  scalar IPSubnet
  scalar NetworkRangeEntry
  scalar SortInput
  scalar LookupFilterInput
  scalar BgpFilterRule

  type Query {
    entityLookup(
      accountID: ID!
      type: EntityType!
      limit: Int = 50
      from: Int = 0
      parent: EntityInput
      search: String = ""
      entityIDs: [ID!]
      sort: [SortInput]
      filters: [LookupFilterInput]
      helperFields: [String!]
    ): Answer
    accountSnapshot(accountID: ID): Answer
    site(accountId: ID!): SiteQueries
  }

  type SiteQueries {
    bgpPeer(input: BgpPeerRefInput!): Answer
    bgpPeerList(input: BgpPeerListInput!): Answer
    siteGeneralDetails(site: SiteRefInput!): Answer
  }

  type Mutation {
    site(accountId: ID!): SiteMutations
    sites(accountId: ID!): SiteMutations
    policy(accountId: ID!): PolicyMutations
  }

  type SiteMutations {
    addIpsecIkeV2Site(input: AddIpsecIkeV2SiteInput!): Answer
    updateIpsecIkeV2SiteGeneralDetails(siteId: ID!, input: UpdateIpsecIkeV2SiteGeneralDetailsInput!): Answer
    addIpsecIkeV2SiteTunnels(siteId: ID!, input: AddIpsecIkeV2SiteTunnelsInput!): Answer
    updateIpsecIkeV2SiteTunnels(siteId: ID!, input: UpdateIpsecIkeV2SiteTunnelsInput!): Answer
    removeIpsecIkeV2SiteTunnels(siteId: ID!, input: RemoveIpsecIkeV2SiteTunnelsInput!): Answer
    updateSiteGeneralDetails(siteId: ID!, input: UpdateSiteGeneralDetailsInput!): Answer
    updateNetworkRange(networkRangeId: ID!, input: UpdateNetworkRangeInput!): Answer
    removeSite(siteId: ID!): Answer
    addBgpPeer(input: AddBgpPeerInput!): Answer
    updateBgpPeer(input: UpdateBgpPeerInput!): Answer
    removeBgpPeer(input: RemoveBgpPeerInput!): Answer
  }

  type PolicyMutations {
    privateAccess: PrivateAccessPolicyMutations
  }

  type PrivateAccessPolicyMutations {
    discardPolicyRevision: Answer
  }

  enum EntityType {
    account
    admin
    allocatedIP
    any
    availablePooledUsage
    availableSiteUsage
    country
    countryState
    dhcpRelayGroup
    groupSubscription
    host
    lanFirewall
    localRouting
    location
    mailingListSubscription
    networkInterface
    portProtocol
    simpleService
    site
    siteRange
    timezone
    vpnUser
    webhookSubscription
  }
  enum ObjectRefBy {
    ID
    NAME
  }
  enum SiteType {
    BRANCH
    CLOUD_DC
    DATACENTER
    HEADQUARTERS
  }
  enum ConnectionMode {
    BIDIRECTIONAL
    RESPONDER_ONLY
  }
  enum IdentificationType {
    EMAIL
    FQDN
    IPV4
    KEY_ID
  }
  enum DestinationType {
    FQDN
    IPv4
  }
  enum IPSecV2InterfaceId {
    PRIMARY1
    PRIMARY2
    PRIMARY3
    SECONDARY1
    SECONDARY2
    SECONDARY3
  }
  enum IPSecV2TunnelRole {
    WAN1
    WAN2
    WAN3
  }
  enum IpSecCipher {
    NONE
    AUTOMATIC
    AES_CBC_128
    AES_CBC_256
    AES_GCM_128
    AES_GCM_256
    DES3_CBC
  }
  enum IpSecDHGroup {
    NONE
    AUTOMATIC
    DH_2_MODP1024
    DH_5_MODP1536
    DH_14_MODP2048
    DH_15_MODP3072
    DH_16_MODP4096
    DH_19_ECP256
    DH_20_ECP384
    DH_21_ECP521
  }
  enum IpSecHash {
    NONE
    AUTOMATIC
    MD5
    SHA1
    SHA256
    SHA384
    SHA512
  }
  enum BgpDefaultAction {
    ACCEPT
    DROP
  }
  enum AlertFrequency {
    HOURLY
    DAILY
    WEEKLY
    IMMEDIATE
  }
  enum SubnetType {
    Direct
    Native
    Routed
    SecondaryNative
    VLAN
  }
  enum DhcpType {
    ACCOUNT_DEFAULT
    DHCP_DISABLED
    DHCP_RANGE
    DHCP_RELAY
  }

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

export const catoSchema: GraphQLSchema = buildSchema(SCHEMA, { noLocation: true, assumeValid: true });

function isIpSubnet(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', prefix = '', ...rest] = value.split('/');
  return (
    rest.length === 0 &&
    isIP(address) > 0 &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= (isIPv4(address) ? 32 : 128)
  );
}

function isWholeNumber(value: unknown, max: number): boolean {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max;
}

const MAX_INT = 2_147_483_647;

/** Scalars that are not listed here take any value. */
export const catoScalars: ScalarRules = {
  String: { accepts: (value) => typeof value === 'string', isQuoted: false },
  ID: { accepts: (value) => typeof value === 'string' || Number.isInteger(value), isQuoted: true },
  Boolean: { accepts: (value) => typeof value === 'boolean', isQuoted: true },
  Int: {
    accepts: (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= MAX_INT,
    isQuoted: true,
  },
  Float: { accepts: (value) => Number.isFinite(value), isQuoted: true },
  Asn16: { accepts: (value) => isWholeNumber(value, 65_535), isQuoted: true },
  Asn32: { accepts: (value) => isWholeNumber(value, 4_294_967_295), isQuoted: true },
  IPAddress: { accepts: (value) => typeof value === 'string' && isIP(value) > 0, isQuoted: true },
  IPSubnet: { accepts: isIpSubnet, isQuoted: true },
  // The vendor's schema says IPSubnet, its Terraform provider documents "name:cidr" and sends that: both are taken.
  NetworkRangeEntry: {
    accepts: (value) =>
      typeof value === 'string' && (isIpSubnet(value) || isIpSubnet(value.slice(value.indexOf(':') + 1))),
    isQuoted: true,
  },
};
