import { z } from 'zod';
import { Name } from './names.js';

/** The message type of "program this site's devices", and the Nest pattern that handles it. */
export const DEVICES_CONVERGE = 'devices.converge.v1';

export const DevicePhase = z
  .enum(['creating', 'ready', 'updating', 'failed', 'deleting', 'delete_failed', 'deleted'])
  .meta({ id: 'DevicePhase' });
export type DevicePhase = z.infer<typeof DevicePhase>;

/** A device as clients see it. `spec` is the vendor's own shape. */
export const Device = z
  .object({
    name: Name,
    vendor: z.string(),
    spec: z.record(z.string(), z.unknown()),
    revision: z.int(),
    appliedRevision: z.int().nullable(),
    phase: DevicePhase,
    outputs: z.record(z.string(), z.unknown()),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

export const MAX_BATCH = 1_000;
