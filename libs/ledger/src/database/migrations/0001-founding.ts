import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Everything that the first release stores. */
export class Founding1763683200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table customer (
        id uuid primary key,
        name text not null,
        display_name text not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
      );
      create unique index customer_name on customer (name) where deleted_at is null;

      create table api_key (
        id uuid primary key,
        customer_id uuid references customer (id) on delete cascade,
        name text not null,
        role text not null,
        key_hash bytea not null,
        created_at timestamptz not null default now(),
        revoked_at timestamptz
      );
      create unique index api_key_hash on api_key (key_hash);

      create table vendor_account (
        id uuid primary key,
        customer_id uuid not null references customer (id),
        vendor text not null,
        account_id text not null,
        base_url text,
        credentials bytea not null,
        paused_until timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create unique index vendor_account_of_customer on vendor_account (customer_id, vendor);

      -- The row that whoever changes what a lane may release locks first.
      create table dispatch_lane (
        customer_id uuid not null references customer (id) on delete cascade,
        vendor_account_id uuid not null references vendor_account (id) on delete cascade,
        lane text not null,
        primary key (customer_id, vendor_account_id, lane)
      );

      create table resource (
        id uuid primary key,
        customer_id uuid not null references customer (id),
        vendor_account_id uuid not null,
        parent_id uuid references resource (id),
        kind text not null,
        vendor text not null,
        name text not null,
        revision int not null,
        applied_revision int,
        attempted_revision int,
        phase text not null,
        outputs jsonb not null default '{}',
        fencing_token bigint not null default 0,
        is_unreconciled boolean not null default false,
        has_state_held_resources boolean not null default false,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        deleted_at timestamptz
      );
      create unique index resource_name on resource (customer_id, kind, parent_id, name)
        nulls not distinct where deleted_at is null;
      create index resource_of_account on resource (vendor_account_id) where deleted_at is null;

      create table resource_revision (
        resource_id uuid not null references resource (id),
        revision int not null,
        customer_id uuid not null,
        spec jsonb not null,
        secrets bytea,
        created_by text not null,
        created_at timestamptz not null default now(),
        primary key (resource_id, revision)
      );

      create table operation (
        id uuid primary key,
        sequence bigint generated always as identity,
        customer_id uuid not null references customer (id),
        resource_id uuid not null references resource (id),
        vendor_account_id uuid not null,
        vendor text not null,
        lane text not null,
        action text not null,
        revision int not null,
        status text not null,
        phase text not null,
        attempt int not null default 0,
        requires_approval boolean not null default false,
        idempotency_key text not null,
        release_no int not null default 0,
        release_at timestamptz not null default now(),
        released_at timestamptz,
        waiting_for text,
        worker_id text,
        fencing_token bigint,
        lease_until timestamptz,
        deadline_at timestamptz,
        cancel_requested_at timestamptz,
        changes jsonb,
        outputs jsonb,
        error jsonb,
        timings jsonb,
        superseded_by uuid,
        created_by text not null,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      create index operation_of_resource on operation (resource_id, sequence)
        where status in ('pending', 'in_progress', 'awaiting_approval');
      create index operation_to_release on operation (customer_id, vendor_account_id, lane, release_at)
        where status = 'pending' and released_at is null;
      create index operation_in_flight on operation (customer_id, vendor_account_id, lane)
        where status = 'in_progress' or (status = 'pending' and released_at is not null);
      create index operation_due on operation (release_at) where status = 'pending' and released_at is null;
      create index operation_unclaimed on operation (released_at)
        where status = 'pending' and released_at is not null;
      create index operation_lease on operation (lease_until) where status = 'in_progress';
      create index operation_by_customer on operation (customer_id, id);
      create index operation_by_status on operation (status, id);
      create index operation_history on operation (resource_id, id);

      create table operation_event (
        id bigint generated always as identity primary key,
        operation_id uuid not null references operation (id),
        customer_id uuid not null,
        type text not null,
        data jsonb not null default '{}',
        created_at timestamptz not null default now()
      );
      create index operation_event_of_operation on operation_event (operation_id, id);

      create function operation_event_is_append_only() returns trigger language plpgsql as $$
        begin raise exception 'operation_event is append-only'; end
      $$;
      create trigger operation_event_append_only before update or delete on operation_event
        for each row execute function operation_event_is_append_only();

      create table outbox (
        id bigint generated always as identity primary key,
        queue text not null,
        type text not null,
        headers jsonb not null,
        body jsonb not null,
        created_at timestamptz not null default now(),
        tries int not null default 0,
        not_before timestamptz not null default now(),
        last_error text
      );

      create table idempotency_key (
        api_key_id uuid not null references api_key (id) on delete cascade,
        key text not null,
        request_hash bytea not null,
        operation_id uuid,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        primary key (api_key_id, key)
      );
      create index idempotency_key_expiry on idempotency_key (expires_at);

      create table state_version (
        resource_id uuid not null references resource (id),
        version int not null,
        customer_id uuid not null,
        operation_id uuid not null,
        fencing_token bigint not null,
        serial bigint not null,
        lineage text not null,
        checksum bytea not null,
        content bytea not null,
        size_bytes int not null,
        resource_count int not null,
        created_at timestamptz not null default now(),
        primary key (resource_id, version)
      );

      -- States that a worker could not hand in; they never become current by themselves.
      create table state_quarantine (
        id uuid primary key,
        resource_id uuid not null references resource (id),
        customer_id uuid not null,
        operation_id uuid not null,
        fencing_token bigint not null,
        content bytea not null,
        created_at timestamptz not null default now()
      );
      create index state_quarantine_of_resource on state_quarantine (resource_id, created_at);

      create table state_lock (
        resource_id uuid primary key references resource (id),
        customer_id uuid not null,
        operation_id uuid not null,
        worker_id text not null,
        fencing_token bigint not null,
        lock_id text not null,
        info jsonb not null,
        locked_at timestamptz not null default now()
      );

      create table state_resource (
        resource_id uuid not null references resource (id),
        address text not null,
        customer_id uuid not null,
        type text not null,
        object_id text,
        is_tainted boolean not null default false,
        primary key (resource_id, address)
      );
      create index state_resource_object on state_resource (customer_id, type, object_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table state_resource, state_lock, state_quarantine, state_version, idempotency_key, outbox, operation_event, operation,
        resource_revision, resource, dispatch_lane, vendor_account, api_key, customer;
      drop function operation_event_is_append_only();
    `);
  }
}
