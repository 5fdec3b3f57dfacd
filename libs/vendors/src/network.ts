import { z } from 'zod';

const octets = (address: string): number[] => address.split('.').map(Number);

/** An IPv4 address as an unsigned 32-bit number. */
const toNumber = (address: string): number => octets(address).reduce((sum, octet) => sum * 256 + octet, 0);

/** True when the CIDR's address is the first of its range: `10.0.0.0/24`, not `10.0.0.7/24`. */
function isNetworkAddress(cidr: string): boolean {
  const [address = '', length = ''] = cidr.split('/');
  return toNumber(address) % 2 ** (32 - Number(length)) === 0;
}

export const Ipv4Address = z.ipv4('must be an IPv4 address, e.g. 203.0.113.10');

export const Ipv4Cidr = z
  .cidrv4('must be an IPv4 range, e.g. 10.20.0.0/24')
  .refine(isNetworkAddress, 'must not have host bits set, e.g. 10.20.0.0/24');

/** A BGP autonomous system number, 32 bits (RFC 6793); 0 is reserved (RFC 7607). */
export const Asn = z.int().min(1).max(4_294_967_295);
