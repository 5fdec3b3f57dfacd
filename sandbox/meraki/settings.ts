import { z } from 'zod';
import { BadAdminRequest } from '../admin/vendor-simulator.js';

/** What of the vendor's behaviour is unknown, or depends on its mood, can be chosen (`POST /settings`). */
const MerakiSettings = z.strictObject({
  rateLimits: z.boolean(),
  /** The limit per source address. Off by default: all clients of a sandbox share the one address. */
  sourceLimit: z.boolean(),
  /** Simulated time that a batch runs: so much, and so much for each of its actions. */
  batchMs: z.number().min(0),
  batchActionMs: z.number().min(0),
  /** Simulated time until calls of a newly claimed device find it. */
  deviceLagMs: z.number().min(0),
});
export type MerakiSettings = z.infer<typeof MerakiSettings>;

export const defaultSettings: Readonly<MerakiSettings> = Object.freeze({
  rateLimits: true,
  sourceLimit: false,
  batchMs: 1000,
  batchActionMs: 20,
  deviceLagMs: 0,
});

export function changedSettings(settings: MerakiSettings, changes: Record<string, unknown>): MerakiSettings {
  const result = MerakiSettings.safeParse({ ...settings, ...changes });
  if (result.success) return result.data;
  throw new BadAdminRequest(
    result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '),
  );
}
