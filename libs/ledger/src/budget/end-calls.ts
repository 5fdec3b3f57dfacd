import type { Sql } from '../database/database.js';

/**
 * The run that had reserved these calls is gone, and what called for it has been stopped: none of them is still to come.
 * Without this they would count as under way until their reservation expires.
 */
export async function endCallsOf(sql: Sql, holder: string): Promise<void> {
  await sql.rows(
    `update vendor_budget_use set ended_at = clock_timestamp() where holder = $1 and ended_at > clock_timestamp()`,
    [holder],
  );
}
