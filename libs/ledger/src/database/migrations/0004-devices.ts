import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices: their wishes, the lanes in which they are programmed, and what became of each of a batch. */
export class Devices1763862000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table resource
        -- false: it is to go, or has gone.
        add column is_wanted boolean not null default true,
        -- Until then a call that was cut off may still take effect at the vendor.
        add column settles_at timestamptz;

      alter table operation
        -- The site whose devices it is about; null: it is about the site itself.
        add column site_id uuid references resource (id),
        add column items_total int not null default 0,
        add column items_succeeded int not null default 0,
        add column items_failed int not null default 0;
      create index operation_of_site_devices on operation (site_id, sequence)
        where site_id is not null and status in ('pending', 'in_progress');

      alter table dispatch_lane
        -- Nothing of the lane is released earlier: its vendor account is out of budget.
        add column paused_until timestamptz;

      -- The lease on all device work of a site. Its fencing token is that of the resource of kind 'devices'.
      create table device_lane (
        resource_id uuid primary key references resource (id),
        site_id uuid not null references resource (id),
        customer_id uuid not null,
        worker_id text,
        lease_until timestamptz
      );
      create unique index device_lane_of_site on device_lane (site_id);
      create index device_lane_lease on device_lane (lease_until) where lease_until is not null;

      -- One device of an operation.
      create table operation_item (
        operation_id uuid not null references operation (id),
        resource_id uuid not null references resource (id),
        customer_id uuid not null,
        position int not null,
        action text not null,
        revision int not null,
        status text not null default 'pending',
        error jsonb,
        primary key (operation_id, resource_id)
      );
      create index operation_item_pending on operation_item (resource_id) where status = 'pending';
      create index operation_item_open on operation_item (operation_id, position) where status = 'pending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table operation_item, device_lane;
      alter table dispatch_lane drop column paused_until;
      drop index operation_of_site_devices;
      alter table operation drop column site_id, drop column items_total, drop column items_succeeded,
        drop column items_failed;
      alter table resource drop column is_wanted, drop column settles_at;
    `);
  }
}
