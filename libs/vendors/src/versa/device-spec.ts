import { z } from 'zod';

/** A branch appliance: its serial number, and its values for the variables of the site's template. */
export const VersaDevice = z
  .strictObject({
    serialNumber: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_.:-]{0,63}$/, 'must be a serial number'),
    variables: z
      .record(
        z
          .string()
          .regex(
            /^v_[0-9A-Za-z_.-]{1,125}$/,
            'must be the name of a template variable, e.g. v_lan_ip__lanIp',
          ),
        z.string().min(1).max(1000),
      )
      .refine((variables) => Object.keys(variables).length <= 200, 'must not be more than 200')
      .default({})
      .describe('values of template variables by name: v_lan_ip__lanIp stands for {$v_lan_ip__lanIp}'),
  })
  .meta({ id: 'VersaDevice' });
export type VersaDevice = z.infer<typeof VersaDevice>;
