import { z } from 'zod';
import { badRequest, parameters } from './answers.js';
import type { Operation } from './context.js';
import { networkOf } from './networks.js';

const SiteToSiteVpn = z.looseObject({
  mode: z.enum(['none', 'spoke', 'hub']),
  hubs: z.array(z.looseObject({ hubId: z.string() })).optional(),
  subnets: z.array(z.looseObject({ localSubnet: z.string() })).optional(),
});

const Peers = z.object({
  peers: z.array(z.looseObject({ name: z.string().min(1), privateSubnets: z.array(z.string()) })),
});

/** Settings of a network that are always there: there is nothing to create or delete. */
const getNetworkApplianceVpnSiteToSiteVpn: Operation = (call) => ({
  status: 200,
  body: networkOf(call).siteToSiteVpn,
});

const updateNetworkApplianceVpnSiteToSiteVpn: Operation = (call) => {
  const network = networkOf(call);
  if (!network.productTypes.includes('appliance')) throw badRequest('The network has no security appliance');
  const siteToSiteVpn = parameters(SiteToSiteVpn, call.body);
  call.organization.putNetwork({ ...network, siteToSiteVpn });
  return { status: 200, body: siteToSiteVpn };
};

const getOrganizationApplianceVpnThirdPartyVPNPeers: Operation = ({ organization }) => ({
  status: 200,
  body: { peers: organization.thirdPartyVpnPeers },
});

/** One list for the whole organization: what is not sent is gone. Double names are taken, as the vendor takes them. */
const updateOrganizationApplianceVpnThirdPartyVPNPeers: Operation = ({ organization, body }) => {
  const { peers } = parameters(Peers, body);
  organization.thirdPartyVpnPeers = peers;
  return { status: 200, body: { peers } };
};

export const vpnOperations = {
  getNetworkApplianceVpnSiteToSiteVpn,
  updateNetworkApplianceVpnSiteToSiteVpn,
  getOrganizationApplianceVpnThirdPartyVPNPeers,
  updateOrganizationApplianceVpnThirdPartyVPNPeers,
};
