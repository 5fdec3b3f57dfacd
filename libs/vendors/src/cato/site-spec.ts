import { Name } from '@app/contracts';
import { z } from 'zod';
import { CountryCode, Timezone } from '../geography.js';
import { Asn, Ipv4Address, Ipv4Cidr } from '../network.js';
import type { SecretField } from '../secrets.js';

/** Tunnels of one role that a Cato IPsec site can have (interface ids PRIMARY1..3, SECONDARY1..3). */
const MAX_TUNNELS_PER_ROLE = 3;

/** Text without control characters that would not survive JSON, Terraform and the vendor; trimmed by nobody. */
const hasOnlyWellFormedText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const secret = (max: number, min: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine(hasOnlyWellFormedText, 'must be well-formed Unicode without NUL')
    .nullish()
    .meta({ writeOnly: true });

export const CatoBgp = z
  .strictObject({
    peerAsn: Asn,
    catoAsn: Asn.default(65_000),
    peerIp: Ipv4Address.optional().describe('equal to the tunnel’s privateSiteIp; may be left out'),
    defaultAction: z.enum(['ACCEPT', 'DROP']).default('ACCEPT'),
    md5AuthKey: secret(80, 1),
    advertiseDefaultRoute: z.boolean().default(true),
    advertiseAllRoutes: z.boolean().default(false),
    advertiseSummaryRoutes: z.boolean().default(false),
    performNat: z.boolean().default(false),
    metric: z.int().min(0).max(65_535).default(100),
    holdTime: z.int().min(3).max(65_535).default(60).describe('seconds'),
    keepaliveInterval: z.int().min(1).max(21_845).default(20).describe('seconds'),
    bfdEnabled: z.boolean().default(false),
  })
  .meta({ id: 'CatoBgp' });

export const CatoTunnel = z
  .strictObject({
    name: Name,
    role: z.enum(['primary', 'secondary']),
    publicSiteIp: Ipv4Address,
    privateSiteIp: Ipv4Address,
    privateCatoIp: Ipv4Address,
    publicCatoIpId: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('id of an allocated IP; the same for all tunnels of a role'),
    psk: secret(256, 8).describe('pre-shared key; required when the tunnel is created'),
    bandwidthMbps: z.strictObject({ down: z.int().min(1).max(100_000), up: z.int().min(1).max(100_000) }),
    bgp: CatoBgp.optional(),
  })
  .superRefine((tunnel, context) => {
    if (tunnel.bgp?.peerIp !== undefined && tunnel.bgp.peerIp !== tunnel.privateSiteIp) {
      context.addIssue({
        code: 'custom',
        path: ['bgp', 'peerIp'],
        message: `must equal the tunnel's privateSiteIp, ${tunnel.privateSiteIp}`,
      });
    }
    if (tunnel.privateSiteIp === tunnel.privateCatoIp) {
      context.addIssue({
        code: 'custom',
        path: ['privateCatoIp'],
        message: 'must differ from privateSiteIp: they are the two ends of the tunnel',
      });
    }
    if (tunnel.bgp !== undefined && tunnel.bgp.holdTime < 3 * tunnel.bgp.keepaliveInterval) {
      context.addIssue({
        code: 'custom',
        path: ['bgp', 'holdTime'],
        message: 'must be at least three times keepaliveInterval (RFC 4271)',
      });
    }
  })
  .meta({ id: 'CatoTunnel' });
export type CatoTunnel = z.infer<typeof CatoTunnel>;

const optionalText = (max: number) => z.string().min(1).max(max).optional();

export const CatoSite = z
  .strictObject({
    vendor: z.literal('cato'),
    siteType: z.enum(['BRANCH', 'CLOUD_DC', 'DATACENTER', 'HEADQUARTERS']),
    description: z
      .string()
      .min(1)
      .max(200)
      .refine(hasOnlyWellFormedText, 'must be well-formed Unicode without NUL'),
    networkRange: Ipv4Cidr,
    location: z.strictObject({
      countryCode: CountryCode,
      timezone: Timezone,
      stateCode: optionalText(10),
      city: optionalText(100),
      address: optionalText(200),
    }),
    tunnels: z
      .array(CatoTunnel)
      .min(1)
      .max(2 * MAX_TUNNELS_PER_ROLE),
  })
  .superRefine((site, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const firstOfRole = new Map<string, CatoTunnel>();
    const count = { primary: 0, secondary: 0 };
    const names = new Set<string>();
    const peerIps = new Set<string>();
    site.tunnels.forEach((tunnel, index) => {
      const at = (field: string) => ['tunnels', index, field];
      if (names.has(tunnel.name)) issue(at('name'), `another tunnel is already called ${tunnel.name}`);
      names.add(tunnel.name);
      count[tunnel.role] += 1;
      if (count[tunnel.role] > MAX_TUNNELS_PER_ROLE) {
        issue(at('role'), `Cato allows at most ${MAX_TUNNELS_PER_ROLE} ${tunnel.role} tunnels`);
      }
      const first = firstOfRole.get(tunnel.role) ?? tunnel;
      firstOfRole.set(tunnel.role, first);
      if (tunnel.publicCatoIpId !== first.publicCatoIpId) {
        issue(at('publicCatoIpId'), `must be the same for all ${tunnel.role} tunnels`);
      }
      if (tunnel.bgp !== undefined) {
        if (peerIps.has(tunnel.privateSiteIp)) {
          issue(at('privateSiteIp'), 'two tunnels with BGP cannot share an address');
        }
        peerIps.add(tunnel.privateSiteIp);
      }
    });
    if (count.primary === 0) issue(['tunnels'], 'at least one tunnel must be primary');
  })
  .meta({ id: 'CatoSite' });
export type CatoSite = z.infer<typeof CatoSite>;

export const catoSecrets: readonly SecretField[] = [
  { path: ['tunnels', '*', 'psk'], isRequired: true },
  { path: ['tunnels', '*', 'bgp', 'md5AuthKey'], isRequired: false },
];
