import { describe, expect, it } from 'vitest';
import { CatoSite, type CatoTunnel } from './site-spec.js';

const tunnel = (over: Record<string, unknown> = {}) => ({
  name: 't1',
  role: 'primary',
  publicSiteIp: '203.0.113.10',
  privateSiteIp: '169.254.10.2',
  privateCatoIp: '169.254.10.1',
  psk: 'a-long-enough-psk',
  bandwidthMbps: { down: 100, up: 50 },
  ...over,
});
const site = (over: Record<string, unknown> = {}) => ({
  vendor: 'cato',
  siteType: 'BRANCH',
  description: 'Paris office',
  networkRange: '10.20.0.0/24',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  tunnels: [tunnel()],
  ...over,
});
const faults = (value: unknown): string[] => {
  const result = CatoSite.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
};
const bgp = (over: Record<string, unknown> = {}) => ({ peerAsn: 65_001, ...over });

describe('a Cato site', () => {
  it('is complete with the fields of the outline; BGP gets its defaults', () => {
    const parsed = CatoSite.parse(site({ tunnels: [tunnel({ bgp: bgp() })] }));
    expect(parsed.tunnels[0]?.bgp).toMatchObject({ catoAsn: 65_000, defaultAction: 'ACCEPT', metric: 100 });
  });

  it.each([
    ['an unknown key', { colour: 'red' }, ''],
    ['an unknown key of a tunnel', { tunnels: [tunnel({ colour: 'red' })] }, 'tunnels.0'],
    ['a range with host bits', { networkRange: '10.20.0.7/24' }, 'networkRange'],
    ['a range without a length', { networkRange: '10.20.0.0' }, 'networkRange'],
    ['a range longer than 32', { networkRange: '10.20.0.0/33' }, 'networkRange'],
    ['a wrong type', { siteType: 7 }, 'siteType'],
    ['an unknown site type', { siteType: 'OFFICE' }, 'siteType'],
    ['an empty description', { description: '' }, 'description'],
    ['an overlong description', { description: 'x'.repeat(201) }, 'description'],
    ['a NUL in the description', { description: 'a\0b' }, 'description'],
    ['a lone surrogate', { description: 'a\ud800b' }, 'description'],
    [
      'an unknown country',
      { location: { countryCode: 'ZZ', timezone: 'Europe/Paris' } },
      'location.countryCode',
    ],
    [
      'a country in small letters',
      { location: { countryCode: 'fr', timezone: 'Europe/Paris' } },
      'location.countryCode',
    ],
    [
      'an unknown time zone',
      { location: { countryCode: 'FR', timezone: 'Europe/Lutetia' } },
      'location.timezone',
    ],
    [
      'an offset for a time zone',
      { location: { countryCode: 'FR', timezone: '+01:00' } },
      'location.timezone',
    ],
    ['no tunnel', { tunnels: [] }, 'tunnels'],
    ['no primary tunnel', { tunnels: [tunnel({ role: 'secondary' })] }, 'tunnels'],
    ['an overlong tunnel name', { tunnels: [tunnel({ name: 'x'.repeat(64) })] }, 'tunnels.0.name'],
    ['an octet over 255', { tunnels: [tunnel({ publicSiteIp: '203.0.113.256' })] }, 'tunnels.0.publicSiteIp'],
    ['an IPv6 address', { tunnels: [tunnel({ publicSiteIp: '2001:db8::1' })] }, 'tunnels.0.publicSiteIp'],
    ['both ends alike', { tunnels: [tunnel({ privateCatoIp: '169.254.10.2' })] }, 'tunnels.0.privateCatoIp'],
    ['a short PSK', { tunnels: [tunnel({ psk: 'short' })] }, 'tunnels.0.psk'],
    ['a PSK that is a number', { tunnels: [tunnel({ psk: 12_345_678 })] }, 'tunnels.0.psk'],
    [
      'no bandwidth',
      { tunnels: [tunnel({ bandwidthMbps: { down: 0, up: 1 } })] },
      'tunnels.0.bandwidthMbps.down',
    ],
    ['an ASN of 0', { tunnels: [tunnel({ bgp: bgp({ peerAsn: 0 }) })] }, 'tunnels.0.bgp.peerAsn'],
    [
      'an ASN over 32 bits',
      { tunnels: [tunnel({ bgp: bgp({ peerAsn: 4_294_967_296 }) })] },
      'tunnels.0.bgp.peerAsn',
    ],
    ['a peer elsewhere', { tunnels: [tunnel({ bgp: bgp({ peerIp: '10.0.0.1' }) })] }, 'tunnels.0.bgp.peerIp'],
    [
      'a hold time that is too short',
      { tunnels: [tunnel({ bgp: bgp({ holdTime: 30 }) })] },
      'tunnels.0.bgp.holdTime',
    ],
  ])('%s is refused, and named', (_name, over, path) => {
    expect(faults(site(over))).toContain(path);
  });

  it('a duplicate tunnel name, a fourth primary tunnel and a mixed allocated IP are refused', () => {
    const many = ['t1', 't1', 't3', 't4'].map((name, at) =>
      tunnel({ name, privateSiteIp: `169.254.1${at}.2`, ...(at === 2 && { publicCatoIpId: '9' }) }),
    );
    expect(faults(site({ tunnels: many }))).toEqual(
      expect.arrayContaining(['tunnels.1.name', 'tunnels.3.role', 'tunnels.2.publicCatoIpId']),
    );
  });

  it('a PSK may be left out or null: what is stored stays', () => {
    const { psk: _left, ...without } = tunnel();
    const [absent, empty]: CatoTunnel[] = [without, tunnel({ name: 't2', psk: null })].flatMap(
      (each) => CatoSite.parse(site({ tunnels: [each] })).tunnels,
    );
    expect([absent?.psk, empty?.psk]).toEqual([undefined, null]);
  });

  it('takes values that look like templates as they are', () => {
    const description = '${path.root} ${1+1} %{if true}x%{endif} "quoted"\n<é漢🙂>';
    expect(CatoSite.parse(site({ description })).description).toBe(description);
  });
});
