import type { Sql } from '../database/database.js';

/**
 * Removes what idle accounts have left behind; those in use are cleared with every reservation. A day is longer than
 * any vendor's window.
 */
export async function purgeIdleBudgets(sql: Sql): Promise<void> {
  await sql.rows(
    `with idle as (
       select id from vendor_budget where active_at < now() - interval '1 day'
       order by id limit 100 for update skip locked
     ), uses as (
       delete from vendor_budget_use u using idle where u.budget_id = idle.id
     ), waiters as (
       delete from vendor_budget_waiter w using idle where w.budget_id = idle.id
     ), blocks as (
       delete from vendor_budget_block k using idle where k.budget_id = idle.id
     )
     delete from vendor_budget b using idle where b.id = idle.id`,
  );
}
