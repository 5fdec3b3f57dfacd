import { z } from 'zod';
import type { Vendor } from '../vendor.js';
import { releaseTokens } from './client.js';
import { deviceProgramming } from './device-rounds.js';
import { versaLimits } from './limits.js';
import { MAX_NAME_LENGTH } from './names.js';
import { siteConvergence } from './site-convergence.js';
import { VersaSite } from './site-spec.js';

const credential = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'must be well-formed Unicode without NUL',
    );

export const vendor: Vendor = {
  id: 'versa',
  displayName: 'Versa Networks',
  lanes: ['site', 'device', 'bulk', 'drift'],
  // Every operator has a Director of its own, at port 9183 for tokens; the vendor account names it.
  defaultBaseUrl: 'https://director.invalid:9183',
  sandboxBaseUrl: 'http://127.0.0.1:3902',
  accountId: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$/, 'must be the name of an organisation'),
  credentials: z.strictObject({
    clientId: credential(256),
    clientSecret: credential(1024),
    username: credential(256),
    password: credential(1024),
  }),
  maxNameLength: MAX_NAME_LENGTH,
  site: {
    spec: VersaSite,
    secrets: [],
    unsupportedChange: () => undefined,
    convergence: siteConvergence,
  },
  devices: deviceProgramming,
  limits: versaLimits,
  // No tool stands between us and the API: its faults come as errors, never as text.
  fault: () => undefined,
  close: releaseTokens,
};
