import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dead letters, the audit of what operators do, the workers, and the plans that were consumed. */
export class DeadLetters1763769600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table operation
        -- Tries before the operation was last asked for; the ladder of waits begins after them.
        add column ladder_start int not null default 0,
        -- How often a worker died with it since then.
        add column takeovers int not null default 0;
      create index operation_deadline on operation (deadline_at) where status = 'in_progress';

      create table dead_letter (
        id uuid primary key,
        customer_id uuid references customer (id),
        operation_id uuid references operation (id),
        resource_id uuid references resource (id),
        queue text not null,
        vendor text not null,
        lane text not null,
        reason text not null,
        error jsonb not null,
        attempts int not null default 0,
        -- Of a message that belongs to no operation.
        content_hash bytea,
        seen_count int not null default 1,
        first_seen_at timestamptz not null default now(),
        last_seen_at timestamptz not null default now(),
        closed_at timestamptz,
        resolution text,
        closed_by text,
        closed_reason text
      );
      create unique index dead_letter_of_operation on dead_letter (operation_id) where closed_at is null;
      create unique index dead_letter_of_message on dead_letter (queue, content_hash)
        where closed_at is null and operation_id is null;
      create index dead_letter_of_resource on dead_letter (resource_id) where closed_at is null;
      create index dead_letter_open on dead_letter (id) where closed_at is null;
      create index dead_letter_by_customer on dead_letter (customer_id, id);
      create index dead_letter_closed on dead_letter (closed_at) where closed_at is not null;
      create index dead_letter_history on dead_letter (operation_id, id);

      create table audit_entry (
        id bigint generated always as identity primary key,
        customer_id uuid references customer (id),
        at timestamptz not null default now(),
        actor text not null,
        action text not null,
        target_type text not null,
        target_id uuid,
        details jsonb not null default '{}'
      );
      create index audit_entry_of_customer on audit_entry (customer_id, id);
      create function audit_entry_is_append_only() returns trigger language plpgsql as $$
        begin raise exception 'audit_entry is append-only'; end
      $$;
      create trigger audit_entry_append_only before update or delete on audit_entry
        for each row execute function audit_entry_is_append_only();

      create table worker (
        id text primary key,
        app text not null,
        slots int not null,
        busy int not null default 0,
        is_draining boolean not null default false,
        started_at timestamptz not null default now(),
        last_seen_at timestamptz not null default now(),
        stopped_at timestamptz,
        reported_dead_at timestamptz
      );

      -- A plan belongs to one resource and the version of its state that it was made on, and is applied once.
      create table plan (
        resource_id uuid not null references resource (id),
        sha256 bytea not null,
        customer_id uuid not null,
        operation_id uuid not null references operation (id),
        fencing_token bigint not null,
        state_version int not null,
        created_at timestamptz not null default now(),
        consumed_at timestamptz,
        primary key (resource_id, sha256)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table plan, worker, audit_entry, dead_letter;
      drop function audit_entry_is_append_only();
      drop index operation_deadline;
      alter table operation drop column ladder_start, drop column takeovers;
    `);
  }
}
