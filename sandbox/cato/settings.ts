import { z } from 'zod';
import { BadAdminRequest } from '../admin/vendor-simulator.js';

/** What of the vendor's behaviour is unknown, or depends on its mood, can be chosen (`POST /settings`). */
const CatoSettings = z.strictObject({
  rateLimits: z.boolean(),
  /** How a refused call is answered: an error within status 200, or status 429 with Retry-After. */
  rateLimitMode: z.enum(['graphql', 'http']),
  /** Refuse unknown operations, unmodelled fields and variables of another type than the schema's. */
  strict: z.boolean(),
  /** The status of the answer to a bad token; 200 means an error within 200. */
  unauthorizedStatus: z.union([z.literal(200), z.literal(401), z.literal(403)]),
  /** Simulated time until lookups and snapshots see a new site. */
  consistencyLagMs: z.number().min(0),
  /** The answer to a read of a BGP peer that is not there. */
  missingBgpPeer: z.enum(['error', 'null']),
  /** Whether the update of a tunnel that is not there is refused or adds it. */
  unknownTunnelUpdate: z.enum(['error', 'upsert']),
  /** The most hosts or ranges that one bulk call may name. */
  bulkLimit: z.int().min(1),
  /** Whether a bulk call with a bad item changes nothing, or what stands before the bad item. */
  bulkFailure: z.enum(['atomic', 'partial']),
  /** What comes first in a call that both adds and removes: it decides whether a name can be given on in one call. */
  bulkOrder: z.enum(['remove-first', 'add-first']),
  /** Whether a static host must have an address of one of its site's ranges. */
  hostOutsideRanges: z.enum(['error', 'accept']),
});
export type CatoSettings = z.infer<typeof CatoSettings>;

export const defaultSettings: Readonly<CatoSettings> = Object.freeze({
  rateLimits: true,
  rateLimitMode: 'graphql',
  strict: false,
  unauthorizedStatus: 401,
  consistencyLagMs: 0,
  missingBgpPeer: 'error',
  unknownTunnelUpdate: 'error',
  bulkLimit: 1000,
  bulkFailure: 'atomic',
  bulkOrder: 'remove-first',
  hostOutsideRanges: 'error',
});

export function changedSettings(settings: CatoSettings, changes: Record<string, unknown>): CatoSettings {
  const result = CatoSettings.safeParse({ ...settings, ...changes });
  if (result.success) return result.data;
  throw new BadAdminRequest(
    result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '),
  );
}
