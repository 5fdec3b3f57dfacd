import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tells waiting clients how fast their lane goes. */
export class QueueViews1763866000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index operation_lately_finished on operation (customer_id, vendor_account_id, lane, finished_at)
        where finished_at is not null and started_at is not null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index operation_lately_finished`);
  }
}
