import { BlockList, isIPv6 } from 'node:net';
import { isIpSubnet } from './scalars.js';
import type { AccountStore, CatoSite } from './store.js';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

function subnetsOf({ ranges }: AccountStore, site: CatoSite): string[] {
  const added = ranges.ofSite(site.id).map(({ subnet }) => subnet);
  const entries = site.networkRanges.filter((entry) => typeof entry === 'string');
  // An entry of an IPsec site's list may carry a name: "lan:10.1.0.0/16".
  const listed = entries.map((entry) => (isIpSubnet(entry) ? entry : entry.slice(entry.indexOf(':') + 1)));
  return [site.nativeRange.subnet, ...added, ...listed];
}

/** Tells which addresses lie in one of a site's networks. */
export function addressesOf(account: AccountStore, site: CatoSite): (address: string) => boolean {
  const list = new BlockList();
  for (const subnet of subnetsOf(account, site)) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), familyOf(network));
  }
  return (address) => list.check(address, familyOf(address));
}
