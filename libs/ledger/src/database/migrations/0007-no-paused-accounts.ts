import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What pauses an account's work is its breakers, for a family of endpoints each. */
export class NoPausedAccounts1763870000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table vendor_account drop column paused_until`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table vendor_account add column paused_until timestamptz`);
  }
}
