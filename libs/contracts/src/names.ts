import { z } from 'zod';

/** Name of a customer, site, tunnel or device: lower case, digits and hyphens, at most 63 characters. */
export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must match [a-z0-9][a-z0-9-]{0,62}')
  .meta({ id: 'Name' });

/** A point in time: ISO 8601, UTC. */
export const Instant = z.iso.datetime().meta({ id: 'Instant' });
