/** What the operations on static hosts and network ranges take. A bulk call is always about one site. */
export const DEVICE_INPUTS = /* GraphQL */ `
  input AddStaticHostInput {
    name: String!
    ip: IPAddress!
    macAddress: MacAddress
  }
  input UpdateStaticHostInput {
    name: String
    ip: IPAddress
    macAddress: MacAddress
  }
  input SiteAddStaticHostInput {
    name: String!
    ip: IPAddress!
    macAddress: MacAddress
  }
  input SiteUpdateStaticHostInput {
    hostId: ID!
    name: String
    ip: IPAddress
    macAddress: MacAddress
  }
  input SiteStaticHostConfigurationInput {
    name: String!
    ip: IPAddress!
    macAddress: MacAddress
  }
  input SiteStaticHostRefInput {
    hostId: ID!
  }
  input CreateStaticHostBulkInput {
    site: SiteRefInput!
    host: [SiteAddStaticHostInput!]!
  }
  input UpdateStaticHostBulkInput {
    site: SiteRefInput!
    host: [SiteUpdateStaticHostInput!]!
  }
  input DeleteStaticHostBulkInput {
    site: SiteRefInput!
    host: [SiteStaticHostRefInput!]!
  }
  input UpdateSiteStaticHostsInput {
    site: SiteRefInput!
    host: [SiteStaticHostConfigurationInput!]
    hostToAdd: [SiteAddStaticHostInput!]
    hostToRemove: [SiteStaticHostRefInput!]
  }

  input NetworkRangeListInput {
    site: SiteRefInput!
  }
  input AddNetworkRangeInput {
    name: String!
    rangeType: SubnetType!
    subnet: IPSubnet!
    gateway: IPAddress
    localIp: IPAddress
    vlan: Int
    dhcpSettings: DhcpSettingsInput
    internetOnly: Boolean
    mdnsReflector: Boolean
    translatedSubnet: IPSubnet
    azureFloatingIp: IPAddress
  }
  input SiteAddNetworkRangeInput {
    lanSocketInterfaceId: ID!
    name: String!
    rangeType: SubnetType!
    subnet: IPSubnet!
    gateway: IPAddress
    localIp: IPAddress
    vlan: Int
    dhcpSettings: DhcpSettingsInput
    internetOnly: Boolean
    mdnsReflector: Boolean
    translatedSubnet: IPSubnet
    azureFloatingIp: IPAddress
  }
  input SiteUpdateNetworkRangeInput {
    id: ID!
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
  input NetworkRangeRefInput {
    networkRangeId: ID!
  }
  input CreateNetworkRangeBulkInput {
    site: SiteRefInput!
    networkRange: [SiteAddNetworkRangeInput!]!
  }
  input UpdateNetworkRangeBulkInput {
    site: SiteRefInput!
    networkRange: [SiteUpdateNetworkRangeInput!]!
  }
  input DeleteNetworkRangeBulkInput {
    site: SiteRefInput!
    networkRange: [NetworkRangeRefInput!]!
  }
  input UpdateSiteNetworkRangesInput {
    site: SiteRefInput!
    networkRange: [SiteAddNetworkRangeInput!]
    networkRangeToAdd: [SiteAddNetworkRangeInput!]
    networkRangeToRemove: [NetworkRangeRefInput!]
  }
`;
