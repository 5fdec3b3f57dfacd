import type { Sql } from '@app/ledger';

/**
 * Switches the vendor budget off in the benchmark's own database, which goes when it ends: there is no such switch in
 * the product. In place of the function that reserves calls comes one of the same arguments that grants them all, as
 * those of a budget that nobody has met before: neither calls nor what the vendor has refused are remembered.
 */
export async function switchBudgetOff(database: Sql): Promise<void> {
  const [reserve] = await database.rows<{ arguments: string }>(
    `select pg_get_function_arguments(to_regproc('reserve_vendor_calls')) as arguments
     where to_regproc('reserve_vendor_calls') is not null`,
  );
  if (reserve === undefined) throw new Error('the ledger has no function that reserves vendor calls');
  await database.rows('create sequence bench_granted_calls');
  await database.rows(`
    create or replace function reserve_vendor_calls(${reserve.arguments}) language plpgsql volatile as $$
    begin
      budget_id := -nextval('bench_granted_calls');
      wait_ms := 0;
      use_ids := array(select -nextval('bench_granted_calls') from generate_subscripts(p_counters, 1));
    end
    $$`);
}
