import { isIP, isIPv4 } from 'node:net';
import type { ScalarRules } from './graphql/coerce.js';

export function isIpSubnet(value: unknown): boolean {
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
  MacAddress: {
    accepts: (value) =>
      typeof value === 'string' && /^[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}$/i.test(value),
    isQuoted: true,
  },
  IPAddress: { accepts: (value) => typeof value === 'string' && isIP(value) > 0, isQuoted: true },
  IPSubnet: { accepts: isIpSubnet, isQuoted: true },
  // The vendor's schema says IPSubnet, its Terraform provider documents "name:cidr" and sends that: both are taken.
  NetworkRangeEntry: {
    accepts: (value) =>
      typeof value === 'string' && (isIpSubnet(value) || isIpSubnet(value.slice(value.indexOf(':') + 1))),
    isQuoted: true,
  },
};
