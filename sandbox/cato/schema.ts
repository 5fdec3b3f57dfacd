import { buildSchema, type GraphQLSchema } from 'graphql';
import { ENUMS } from './schema-enums.js';
import { DEVICE_INPUTS } from './schema-device-inputs.js';
import { INPUTS } from './schema-inputs.js';

/**
 * The part of the vendor's API that is simulated: which operations there are and what they take. What they answer is
 * not typed (`Answer`), because selected fields that are not modelled must resolve to null, as new clients ask for
 * fields that did not exist when this was written.
 */
const OPERATIONS = /* GraphQL */ `
  scalar Answer
  scalar Asn16
  scalar Asn32
  scalar IPAddress
  scalar IPSubnet
  scalar MacAddress
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
    staticHost(site: SiteRefInput!, hostId: ID!): Answer
    staticHostList(site: SiteRefInput!): Answer
    networkRange(networkRangeId: ID!): Answer
    networkRangeList(input: NetworkRangeListInput!): Answer
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
    addNetworkRange(lanSocketInterfaceId: ID!, input: AddNetworkRangeInput!): Answer
    removeNetworkRange(networkRangeId: ID!): Answer
    createNetworkRangeBulk(input: CreateNetworkRangeBulkInput!): Answer
    updateNetworkRangeBulk(input: UpdateNetworkRangeBulkInput!): Answer
    deleteNetworkRangeBulk(input: DeleteNetworkRangeBulkInput!): Answer
    updateSiteNetworkRanges(input: UpdateSiteNetworkRangesInput!): Answer
    addStaticHost(siteId: ID!, input: AddStaticHostInput!): Answer
    updateStaticHost(hostId: ID!, input: UpdateStaticHostInput!): Answer
    removeStaticHost(hostId: ID!): Answer
    createStaticHostBulk(input: CreateStaticHostBulkInput!): Answer
    updateStaticHostBulk(input: UpdateStaticHostBulkInput!): Answer
    deleteStaticHostBulk(input: DeleteStaticHostBulkInput!): Answer
    updateSiteStaticHosts(input: UpdateSiteStaticHostsInput!): Answer
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
`;

export const catoSchema: GraphQLSchema = buildSchema(OPERATIONS + ENUMS + INPUTS + DEVICE_INPUTS, {
  noLocation: true,
  assumeValid: true,
});
