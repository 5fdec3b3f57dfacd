import type { OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import type { Operation } from './documents.js';
import { OPERATIONS } from './documents.js';

/** Operation name, variables and selection of every call, written from the vendor's description alone. */
const BGP_MUTATION =
  'bgpPeer{siteRefSite:site{id name} id name peerAsn catoAsn peerIp catoIp advertiseDefaultRoute advertiseAllRoutes' +
  ' advertiseSummaryRoutes bgpSummaryRouteSummaryRoute:summaryRoute{id route bgpCommunityCommunity:community{from to}}' +
  ' bgpDefaultActionDefaultAction:defaultAction performNat md5AuthKey metric holdTime keepaliveInterval bfdEnabled' +
  ' bfdSettingsBfdSettings:bfdSettings{transmitInterval receiveInterval multiplier}' +
  ' bgpTrackingTracking:tracking{id enabled alertFrequency subscriptionId}}';
const BGP_QUERY =
  'site{id name} id name peerAsn catoAsn peerIp catoIp advertiseDefaultRoute advertiseAllRoutes' +
  ' advertiseSummaryRoutes summaryRoute{id route community{from to}} defaultAction performNat md5AuthKey metric' +
  ' holdTime keepaliveInterval bfdEnabled bfdSettingsBgpPeer:bfdSettings{transmitInterval receiveInterval multiplier}' +
  ' trackingBgpPeer:tracking{id enabled alertFrequency subscriptionId}';
const tunnels = (kind: string): string => {
  const group = `{fqdn tunnels{tunnelId${kind}IpsecIkeV2SiteTunnelPayload:tunnelId localId}}`;
  const payload = `${kind}IpsecIkeV2SiteTunnelsPayload`;
  return `siteId primary${payload}:primary${group} secondary${payload}:secondary${group}`;
};

const contract: [Operation, string, string, string, string][] = [
  [
    OPERATIONS.addIpsecSite,
    'mutation',
    'siteAddIpsecIkeV2Site',
    'addIpsecIkeV2SiteInput accountId',
    'site{addIpsecIkeV2Site{siteId}}',
  ],
  [
    OPERATIONS.updateIpsecDetails,
    'mutation',
    'siteUpdateIpsecIkeV2SiteGeneralDetails',
    'siteId updateIpsecIkeV2SiteGeneralDetailsInput accountId',
    'site{updateIpsecIkeV2SiteGeneralDetails{siteId localId}}',
  ],
  [
    OPERATIONS.addTunnels,
    'mutation',
    'siteAddIpsecIkeV2SiteTunnels',
    'siteId addIpsecIkeV2SiteTunnelsInput accountId',
    `site{addIpsecIkeV2SiteTunnels{${tunnels('Add')}}}`,
  ],
  [
    OPERATIONS.updateTunnels,
    'mutation',
    'siteUpdateIpsecIkeV2SiteTunnels',
    'siteId updateIpsecIkeV2SiteTunnelsInput accountId',
    `site{updateIpsecIkeV2SiteTunnels{${tunnels('Update')}}}`,
  ],
  [
    OPERATIONS.updateSiteDetails,
    'mutation',
    'siteUpdateSiteGeneralDetails',
    'siteId updateSiteGeneralDetailsInput accountId',
    'site{updateSiteGeneralDetails{siteId}}',
  ],
  [
    OPERATIONS.updateNetworkRange,
    'mutation',
    'siteUpdateNetworkRange',
    'networkRangeId updateNetworkRangeInput accountId',
    'site{updateNetworkRange{networkRangeId}}',
  ],
  [OPERATIONS.removeSite, 'mutation', 'siteRemoveSite', 'siteId accountId', 'site{removeSite{siteId}}'],
  [
    OPERATIONS.addBgpPeer,
    'mutation',
    'siteAddBgpPeer',
    'addBgpPeerInput accountId',
    `site{addBgpPeer{${BGP_MUTATION}}}`,
  ],
  [
    OPERATIONS.updateBgpPeer,
    'mutation',
    'siteUpdateBgpPeer',
    'updateBgpPeerInput accountId',
    `site{updateBgpPeer{${BGP_MUTATION}}}`,
  ],
  [
    OPERATIONS.removeBgpPeer,
    'mutation',
    'siteRemoveBgpPeer',
    'removeBgpPeerInput accountId',
    `site{removeBgpPeer{${BGP_MUTATION}}}`,
  ],
  [OPERATIONS.bgpPeer, 'query', 'site', 'bgpPeerRefInput accountId', `site{bgpPeer{${BGP_QUERY}}}`],
  [
    OPERATIONS.entityLookup,
    'query',
    'entityLookup',
    'accountID type limit from parent search entityIDs sort filters helperFields',
    'entityLookup{items{entity{id name type} description helperFields} total}',
  ],
  [
    OPERATIONS.discardRevision,
    'mutation',
    'policyPrivateAccessDiscardRevision',
    'accountID',
    'policy{privateAccess{discardPolicyRevision{status errors{errorCode errorMessage}}}}',
  ],
];

describe('the document of', () => {
  it.each(contract)('$name', (operation, kind, name, variables, selection) => {
    const definition = definitionOf(operation);
    expect(operation.name).toBe(name);
    expect(definition.name?.value).toBe(name);
    expect(definition.operation).toBe(kind);
    expect(definition.variableDefinitions?.map(({ variable }) => variable.name.value).join(' ')).toBe(
      variables,
    );
    expect(printed(definition.selectionSet)).toBe(selection);
  });

  it('accountSnapshot selects under the aliases that are read', () => {
    const definition = definitionOf(OPERATIONS.accountSnapshot);
    expect(definition.variableDefinitions?.map(({ variable }) => variable.name.value)).toEqual([
      'siteIDs',
      'userIDs',
      'accountID',
    ]);
    const selection = printed(definition.selectionSet);
    expect(selection).toContain('connectivityStatusSiteSnapshot:connectivityStatus');
    expect(selection).toContain('operationalStatusSiteSnapshot:operationalStatus');
    expect(selection).toContain('infoSiteSnapshot:info{name type description countryCode');
    expect(selection).toContain('countryStateName cityName');
  });
});

function definitionOf({ document }: Operation): OperationDefinitionNode {
  const [definition] = parse(document).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  return definition;
}

function printed({ selections }: SelectionSetNode): string {
  return selections
    .map((selection) => {
      if (selection.kind !== Kind.FIELD) throw new Error('not a field');
      const { alias, name, selectionSet } = selection;
      const inner = selectionSet ? `{${printed(selectionSet)}}` : '';
      return `${alias ? `${alias.value}:` : ''}${name.value}${inner}`;
    })
    .join(' ');
}
