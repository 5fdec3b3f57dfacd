import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { MerakiDeviceSpec } from './device-spec.js';
import { MerakiSite } from './site-spec.js';

const pathsOf = (schema: z.ZodType, value: unknown): string[] =>
  schema
    .safeParse(value)
    .error?.issues.map(({ path, code, ...issue }) =>
      code === 'unrecognized_keys' && 'keys' in issue ? String(issue.keys) : path.join('.'),
    ) ?? [];

describe('a site', () => {
  const site = {
    vendor: 'meraki',
    description: 'Shop',
    location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  };

  it('needs little', () => {
    expect(MerakiSite.parse(site)).toEqual({
      ...site,
      productTypes: ['appliance', 'switch', 'wireless'],
      tags: [],
    });
  });

  it.each([
    ['vendor', { vendor: 'other' }],
    ['description', { description: '' }],
    ['description', { description: 'a\0' }],
    ['siteType', { siteType: 'SHED' }],
    ['location.countryCode', { location: { ...site.location, countryCode: 'XX' } }],
    ['location.timezone', { location: { ...site.location, timezone: 'Paris' } }],
    ['productTypes', { productTypes: [] }],
    ['productTypes', { productTypes: ['switch', 'switch'] }],
    ['productTypes.0', { productTypes: ['toaster'] }],
    ['tags.0', { tags: ['two words'] }],
    ['tags', { tags: ['a', 'a'] }],
    ['networkRange', { networkRange: '10.0.0.0/24' }],
  ])('is refused for its %s', (path, wrong) => {
    expect(pathsOf(MerakiSite, { ...site, ...wrong })).toEqual([path]);
  });
});

describe('a device', () => {
  const device = { serial: 'Q2AB-CDEF-0001' };

  it('needs its serial alone', () => {
    expect(MerakiDeviceSpec.parse(device)).toEqual({ ...device, tags: [] });
    expect(pathsOf(MerakiDeviceSpec, {})).toEqual(['serial']);
  });

  it.each([
    ['serial', { serial: 'q2ab-cdef-0001' }],
    ['description', { description: 'x'.repeat(201) }],
    ['lat', { lat: 91, lng: 0 }],
    ['lng', { lat: 1 }],
    ['lat', { lng: 1 }],
    ['tags.1', { tags: ['a', ''] }],
    ['ip', { ip: '10.0.0.1' }],
  ])('is refused for its %s', (path, wrong) => {
    expect(pathsOf(MerakiDeviceSpec, { ...device, ...wrong })).toEqual([path]);
  });
});
