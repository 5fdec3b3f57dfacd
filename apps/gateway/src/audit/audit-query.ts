import { AuditAction, Name, PageQuery } from '@app/contracts';
import { z } from 'zod';
import { PointInTime } from '../http/point-in-time.js';

export const AuditQuery = PageQuery.extend({
  customer: Name.optional(),
  action: AuditAction.optional(),
  actor: z.string().min(1).max(200).optional().describe('name of an API key, or `broker`'),
  since: PointInTime.optional().describe('at or after this moment'),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
