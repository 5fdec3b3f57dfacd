import { z } from 'zod';
import { CountryCode, Timezone } from '../geography.js';
import { setOf, Tags, text } from './spec-fields.js';

const ProductType = z.enum([
  'appliance',
  'camera',
  'cellularGateway',
  'sensor',
  'switch',
  'systemsManager',
  'wireless',
]);

/** A site is a network. What a network has no field for is kept by us alone. */
export const MerakiSite = z
  .strictObject({
    vendor: z.literal('meraki'),
    siteType: z
      .enum(['BRANCH', 'CLOUD_DC', 'DATACENTER', 'HEADQUARTERS'])
      .optional()
      .describe('not known to the vendor'),
    description: text(200),
    location: z
      .strictObject({
        countryCode: CountryCode,
        timezone: Timezone,
        stateCode: text(10).optional(),
        city: text(100).optional(),
        address: text(200).optional(),
      })
      .describe('the vendor is told the time zone; devices have addresses of their own'),
    productTypes: setOf(ProductType, 'product type')
      .default(['appliance', 'switch', 'wireless'])
      .describe('the kinds of devices that the network can hold; cannot be changed later'),
    tags: Tags,
  })
  .meta({ id: 'MerakiSite' });
export type MerakiSite = z.infer<typeof MerakiSite>;
