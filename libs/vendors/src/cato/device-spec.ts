import { z } from 'zod';
import { Ipv4Address } from '../network.js';

const MAC_ADDRESS =
  /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;

/** `00:11:22:aa:bb:cc`, whatever is between the digits and however large they are written. */
export const normalisedMac = (mac: string): string =>
  mac
    .replaceAll(/[^0-9a-f]/gi, '')
    .toLowerCase()
    .match(/../g)
    ?.join(':') ?? mac;

/** A static host of a Cato site: an address of one of the site's ranges that belongs to a device. */
export const CatoDevice = z
  .strictObject({
    ip: Ipv4Address,
    macAddress: z
      .string()
      .regex(MAC_ADDRESS, 'must be a MAC address, e.g. 00:11:22:aa:bb:cc')
      .overwrite(normalisedMac)
      .optional(),
    description: z
      .string()
      .min(1)
      .max(200)
      .refine(
        (text) => text.isWellFormed() && !text.includes('\0'),
        'must be well-formed Unicode without NUL',
      )
      .optional()
      .describe('kept here: the vendor has no such field'),
  })
  .meta({ id: 'CatoDevice' });
export type CatoDevice = z.infer<typeof CatoDevice>;
