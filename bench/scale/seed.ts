import { Sealer, sealContext, type Database } from '@app/ledger';
import { newId } from '@app/runtime';

export interface ScaleSeed {
  customers: number;
  devicesPerSite: number;
  secretKey: string;
  /** Where the vendor accounts are; null: the vendor's default. */
  baseUrl: string | null;
  /** So many customers share an account at the vendor. */
  customersPerAccount: number;
}

/** Customers whose rows are made in one transaction. */
const CHUNK = 250;

export const customerName = (index: number): string => `scale-${String(index).padStart(5, '0')}`;
export const SITE = 'main';
export const deviceName = (index: number): string => `d${String(index).padStart(4, '0')}`;

/** The devices' subnets have room for a thousand of them. */
const DEVICE_IP = `'10.' || (20 + (d.n - 1) / 250) || '.0.' || (1 + (d.n - 1) % 250)`;

/** Customers, each with an account, a site that is ready, and its devices: as if all of it had been provisioned. */
export async function seedScale(
  database: Database,
  { customers, devicesPerSite, secretKey, baseUrl, customersPerAccount }: ScaleSeed,
  onProgress: (customers: number) => void = () => {},
): Promise<void> {
  const sealer = new Sealer([secretKey]);
  for (let start = 0; start < customers; start += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, customers - start) }, (_, offset) => {
      const index = start + offset;
      const accountRowId = newId();
      return {
        index,
        customerId: newId(),
        accountRowId,
        siteId: newId(),
        collectionId: newId(),
        accountId: String(100_000 + Math.floor(index / customersPerAccount)),
        credentials: sealer.sealRecord({ token: 'scale' }, sealContext.credentials(accountRowId)),
      };
    });
    await database.transaction(async (tx) => {
      await tx.rows(
        `with given as (
           select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::uuid[], $7::uuid[])
             as given (customer_id, name, account_row_id, account_id, credentials, site_id, collection_id)
         ), customers as (
           insert into customer (id, name, display_name) select customer_id, name, name from given
         ), accounts as (
           insert into vendor_account (id, customer_id, vendor, account_id, base_url, credentials)
           select account_row_id, customer_id, 'cato', account_id, $8, credentials from given
         ), sites as (
           insert into resource (id, customer_id, vendor_account_id, kind, vendor, name, revision, applied_revision,
             attempted_revision, phase, outputs, has_state_held_resources)
           select site_id, customer_id, account_row_id, 'site', 'cato', '${SITE}', 1, 1, 1, 'ready',
             jsonb_build_object('siteId', name), true from given
         ), specs as (
           insert into resource_revision (resource_id, revision, customer_id, spec, created_by)
           select site_id, 1, customer_id, '{"vendor": "cato", "networkRange": "10.20.0.0/16", "tunnels": []}', 'seed' from given
         ), collections as (
           insert into resource (id, customer_id, vendor_account_id, parent_id, kind, vendor, name, revision, phase)
           select collection_id, customer_id, account_row_id, site_id, 'devices', 'cato', 'devices', 1, 'ready' from given
         )
         insert into device_lane (resource_id, site_id, customer_id) select collection_id, site_id, customer_id from given`,
        [
          rows.map((row) => row.customerId),
          rows.map((row) => customerName(row.index)),
          rows.map((row) => row.accountRowId),
          rows.map((row) => row.accountId),
          rows.map((row) => row.credentials),
          rows.map((row) => row.siteId),
          rows.map((row) => row.collectionId),
          baseUrl,
        ],
      );
      await tx.rows(
        `with device as materialized (
           select uuidv7() as id, s.customer_id, s.vendor_account_id, s.id as site_id, d.n,
             'd' || lpad((d.n - 1)::text, 4, '0') as name, ${DEVICE_IP} as ip
           from resource s, generate_series(1, $2::int) as d (n) where s.id = any($1::uuid[])
         ), made as (
           insert into resource (id, customer_id, vendor_account_id, parent_id, kind, vendor, name, revision,
             applied_revision, attempted_revision, phase, outputs)
           select id, customer_id, vendor_account_id, site_id, 'device', 'cato', name, 1, 1, 1, 'ready',
             jsonb_build_object('hostId', name) from device
         )
         insert into resource_revision (resource_id, revision, customer_id, spec, created_by)
         select id, 1, customer_id, jsonb_build_object('ip', ip), 'seed' from device`,
        [rows.map((row) => row.siteId), devicesPerSite],
      );
    });
    onProgress(start + rows.length);
  }
  // As autovacuum leaves it after a while: statistics, and pages that nobody has to clean in passing.
  await database.rows('vacuum analyze');
}
