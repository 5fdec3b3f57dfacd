import { Name, OperationAction, OperationStatus, PageQuery } from '@app/contracts';
import { z } from 'zod';
import { PointInTime } from '../http/point-in-time.js';

export const OperationParams = z.object({ id: z.uuid() });
export type OperationParams = z.infer<typeof OperationParams>;

export const OperationsQuery = PageQuery.extend({
  customer: Name.optional(),
  site: Name.optional().describe('sites of that name; with `customer`, one site'),
  status: OperationStatus.optional(),
  action: OperationAction.optional(),
  vendor: Name.optional(),
  since: PointInTime.optional().describe('created at or after this moment'),
});
export type OperationsQuery = z.infer<typeof OperationsQuery>;
