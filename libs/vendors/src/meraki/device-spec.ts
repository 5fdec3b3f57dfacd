import { z } from 'zod';
import { Tags, text } from './spec-fields.js';

export const MerakiDeviceSpec = z
  .strictObject({
    serial: z
      .string()
      .regex(/^Q[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{4}$/, 'must be a Meraki serial number, e.g. Q2AB-CDEF-0001')
      .describe('the hardware; another one takes its place when this changes'),
    // The vendor takes 255 characters, and our mark is among them.
    description: text(200).optional(),
    address: text(255).optional().describe('where the device is; absent: none'),
    lat: z.number().min(-90).max(90).optional().describe('absent: as the vendor has it'),
    lng: z.number().min(-180).max(180).optional().describe('absent: as the vendor has it'),
    tags: Tags,
  })
  .superRefine(({ lat, lng }, context) => {
    if ((lat === undefined) === (lng === undefined)) return;
    const [missing, given] = lat === undefined ? ['lat', 'lng'] : ['lng', 'lat'];
    context.addIssue({ code: 'custom', path: [missing], message: `is required with ${given}` });
  })
  .meta({ id: 'MerakiDevice' });
export type MerakiDeviceSpec = z.infer<typeof MerakiDeviceSpec>;
