import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Circuit breakers: while one is open, nothing of its account's lanes is released but a probe at a time. */
export class Breakers1763869000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table vendor_breaker (
        vendor_account_id uuid not null references vendor_account (id) on delete cascade,
        family text not null check (family in ('sites', 'devices')),
        state text not null check (state in ('open', 'half_open', 'closed')),
        since timestamptz not null default clock_timestamp(),
        -- When a probe is released; of a probe under way, when it counts as lost.
        probe_at timestamptz not null,
        probe_wait_ms float8 not null,
        probe_operation_id uuid,
        failed_probes int not null default 0,
        error jsonb not null,
        primary key (vendor_account_id, family)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table vendor_breaker`);
  }
}
