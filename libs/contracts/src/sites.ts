import { z } from 'zod';
import { Name } from './names.js';

export const SitePhase = z
  .enum(['creating', 'ready', 'updating', 'failed', 'deleting', 'delete_failed', 'deleted'])
  .meta({ id: 'SitePhase' });
export type SitePhase = z.infer<typeof SitePhase>;

/** A site as clients see it. `spec` is the vendor's own shape with every secret shown as null. */
export const Site = z
  .object({
    name: Name,
    vendor: z.string(),
    spec: z.record(z.string(), z.unknown()),
    revision: z.int(),
    appliedRevision: z.int().nullable(),
    phase: SitePhase,
    outputs: z.record(z.string(), z.unknown()),
    drift: z.null().describe('what the last drift check found; null before one has run'),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Site' });
export type Site = z.infer<typeof Site>;
