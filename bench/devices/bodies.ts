/** A site of one tunnel: what devices need, and no more. */
export const siteForDevices = (): Record<string, unknown> => ({
  vendor: 'cato',
  siteType: 'BRANCH',
  description: 'devices',
  networkRange: '10.20.0.0/20',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  tunnels: [
    {
      name: 'main',
      role: 'primary',
      publicSiteIp: '203.0.113.1',
      privateSiteIp: '169.254.10.2',
      privateCatoIp: '169.254.10.1',
      psk: 'preshared-key-of-main',
      bandwidthMbps: { down: 100, up: 50 },
    },
  ],
});

/** The device of that number within a site, with a name and an address that no other one of the first 3,500 has. */
export const newDevice = (index: number): { name: string; body: Record<string, unknown> } => ({
  name: `n${index}`,
  body: { ip: `10.20.${Math.floor(index / 250) % 14}.${1 + (index % 250)}`, description: 'new' },
});

/** An address within the sites' range, another one for each edition. */
export const deviceSpec = (index: number, edition: number): Record<string, unknown> => ({
  ip: `10.20.${edition % 14}.${1 + (index % 250)}`,
  description: `edition ${edition}`,
});
