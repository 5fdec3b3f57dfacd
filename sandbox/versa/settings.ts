import { z } from 'zod';
import { BadAdminRequest } from '../admin/vendor-simulator.js';

/** What of the vendor's behaviour is unknown, or an installation's choice, can be chosen (`POST /settings`). */
const VersaSettings = z.strictObject({
  /** Simulated time that a task takes, and what each of its devices adds. */
  taskMs: z.number().min(0),
  taskPerDeviceMs: z.number().min(0),
  /** What becomes of a commit while another holds the template. */
  commitLock: z.enum(['wait', 'fail']),
  /** Whether a device that fails is named and the others go on, or the whole task fails for one that nobody names. */
  taskFailures: z.enum(['device', 'task']),
  /** Simulated lifetime of access tokens of clients that were not made here; 0 is for ever. */
  accessTokenSeconds: z.int().min(0),
  maxAccessTokens: z.int().min(1),
  maxAccessTokensPerUser: z.int().min(1),
  /** Off: only tokens of the token endpoint, not Basic. */
  basicAuth: z.boolean(),
  /** Whether an id is handed out again until something uses it. */
  repeatAvailableIds: z.boolean(),
  /** What the Director says it is (`package-info`). */
  branch: z.string().min(1),
});
export type VersaSettings = z.infer<typeof VersaSettings>;

export const defaultSettings: Readonly<VersaSettings> = Object.freeze({
  taskMs: 3000,
  taskPerDeviceMs: 0,
  commitLock: 'wait',
  taskFailures: 'device',
  accessTokenSeconds: 1800,
  maxAccessTokens: 100,
  maxAccessTokensPerUser: 20,
  basicAuth: true,
  repeatAvailableIds: false,
  branch: '22.1',
});

export function changedSettings(settings: VersaSettings, changes: Record<string, unknown>): VersaSettings {
  const result = VersaSettings.safeParse({ ...settings, ...changes });
  if (result.success) return result.data;
  throw new BadAdminRequest(
    result.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '),
  );
}
