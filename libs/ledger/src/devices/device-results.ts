import type { DeviceResult } from '@app/contracts';
import type { Sql } from '../database/database.js';

/** What became of each device of an operation, in the order of the request. */
export async function deviceResults(sql: Sql, operationId: string): Promise<DeviceResult[]> {
  const rows = await sql.rows<Omit<DeviceResult, 'error'> & { error: DeviceResult['error'] | null }>(
    `select r.name, i.action, i.status, i.revision, i.error
     from operation_item i join resource r on r.id = i.resource_id where i.operation_id = $1 order by i.position`,
    [operationId],
  );
  return rows.map(({ error, ...row }) => ({ ...row, ...(error && { error }) }));
}
