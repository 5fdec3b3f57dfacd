import { z } from 'zod';

/** A moment as a client writes it into a query. */
export const PointInTime = z.iso.datetime({
  offset: true,
  error: 'must be a point in time, e.g. 2026-11-21T06:00:00Z',
});
