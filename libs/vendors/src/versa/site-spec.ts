import { z } from 'zod';
import { CountryCode } from '../geography.js';

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'must be well-formed Unicode without NUL',
    );

const objectName = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$/, 'must be a name at the Director');

export const VersaSite = z
  .strictObject({
    vendor: z.literal('versa'),
    description: text(200),
    controllers: z
      .array(objectName)
      .min(1)
      .max(4)
      .refine((names) => new Set(names).size === names.length, 'must not name a controller twice')
      .describe('controllers that the branch connects to; the first one stages its devices'),
    solutionTier: text(64).optional().describe('subscription of the devices, e.g. Premier-Secure-SDWAN'),
    bandwidthMbps: z.int().min(1).max(100_000).optional().describe('licensed bandwidth of each device'),
    location: z
      .strictObject({
        countryCode: CountryCode,
        state: text(100).optional(),
        city: text(100),
        zip: text(20).optional(),
        address: text(200).optional(),
        latitude: z.number().min(-90).max(90),
        longitude: z.number().min(-180).max(180),
      })
      .describe('where all devices of the site are'),
  })
  .meta({ id: 'VersaSite' });
export type VersaSite = z.infer<typeof VersaSite>;
