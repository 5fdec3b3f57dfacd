import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  applySite,
  claim,
  openLedger,
  putOf,
  submit,
  succeed,
  wakeOf,
  watchStatements,
  worker,
  type TestLedger,
} from './ledger-fixture.js';

/** What `explain (format json)` says of one statement, as far as it matters here. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

describe('the ledger with 10,000 customers, 50,000 states and 50,000 devices', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
    await applySite(ledger);
    // Everything that acme's site has, 10,000 times for the customers and five times each for the sites.
    await ledger.database.rows(`
      insert into customer (id, name, display_name)
      select gen_random_uuid(), 'customer-' || n, 'Customer ' || n from generate_series(1, 10000) n`);
    await ledger.database.rows(`
      insert into vendor_account (id, customer_id, vendor, account_id, credentials)
      select gen_random_uuid(), c.id, 'cato', '1', a.credentials
      from customer c, (select credentials from vendor_account limit 1) a where c.name like 'customer-%'`);
    await ledger.database.rows(`
      insert into dispatch_lane select customer_id, id, 'site' from vendor_account on conflict do nothing`);
    await ledger.database.rows(`
      insert into resource (id, customer_id, vendor_account_id, kind, vendor, name, revision, applied_revision,
        attempted_revision, phase, has_state_held_resources)
      select gen_random_uuid(), a.customer_id, a.id, 'site', 'cato', 'site-' || n, 1, 1, 1, 'ready', true
      from vendor_account a, generate_series(1, 5) n`);
    await ledger.database.rows(`
      insert into resource_revision (resource_id, revision, customer_id, spec, secrets, created_by)
      select r.id, 1, r.customer_id, v.spec, null, 'seed' from resource r, (select spec from resource_revision limit 1) v
      where r.name like 'site-%'`);
    await ledger.database.rows(`
      insert into operation (id, customer_id, resource_id, vendor_account_id, vendor, lane, action, revision, status,
        phase, idempotency_key, created_by)
      select gen_random_uuid(), customer_id, id, vendor_account_id, vendor, 'site', 'create', 1, 'succeeded', 'done',
        id::text, 'seed' from resource where name like 'site-%'`);
    await ledger.database.rows(`
      insert into state_version (resource_id, version, customer_id, operation_id, fencing_token, serial, lineage,
        checksum, content, size_bytes, resource_count)
      select resource_id, 1, customer_id, id, 1, 1, 'lineage', '\\x00', '\\x00', 1, 1 from operation
      where created_by = 'seed'`);
    await ledger.database.rows(`
      insert into resource (id, customer_id, vendor_account_id, parent_id, kind, vendor, name, revision,
        applied_revision, attempted_revision, phase)
      select gen_random_uuid(), s.customer_id, s.vendor_account_id, s.id, 'device', 'cato', 'device-' || n, 1, 1, 1, 'ready'
      from resource s, generate_series(1, 5) n where s.name = 'site-1'`);
    await ledger.database.rows(`
      insert into resource_revision (resource_id, revision, customer_id, spec, created_by)
      select id, 1, customer_id, '{"ip": "10.20.0.1"}', 'seed' from resource where kind = 'device'`);
    await ledger.database.rows(`
      insert into device_lane (resource_id, site_id, customer_id)
      select id, parent_id, customer_id from resource where kind = 'device' and name = 'device-1'`);
    await ledger.database.rows(`
      insert into operation_item (operation_id, resource_id, customer_id, position, action, revision, status)
      select o.id, d.id, d.customer_id, 1, 'put', 1, 'succeeded'
      from resource d join operation o on o.resource_id = d.parent_id where d.kind = 'device'`);
    await ledger.database.rows('analyze');
  }, 120_000);
  afterAll(() => ledger.close());

  /** Every statement that the given work runs, with its plan. */
  async function plansOf(work: () => Promise<unknown>) {
    const seen: { text: string; parameters: readonly unknown[] }[] = [];
    const stopWatching = watchStatements(ledger, (text, parameters) => seen.push({ text, parameters }));
    try {
      await work();
    } finally {
      stopWatching();
    }
    const plans = [];
    for (const { text, parameters } of seen.filter(({ text: sql }) =>
      /^\s*(select|with|insert|update|delete)/i.test(sql),
    )) {
      // As it is planned for these values, and as it is planned once for all when it stays prepared.
      for (const explain of [
        { statement: `explain (format json) ${text}`, with: parameters },
        { statement: `explain (generic_plan, format json) ${text}`, with: [] },
      ]) {
        const [row] = await ledger.database.rows<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
          explain.statement,
          explain.with,
        );
        if (row !== undefined)
          plans.push({ text: explain.statement, nodes: nodesOf(row['QUERY PLAN'][0].Plan) });
      }
    }
    return plans;
  }

  const BIG = [
    'customer',
    'vendor_account',
    'dispatch_lane',
    'resource',
    'resource_revision',
    'operation',
    'operation_item',
    'device_lane',
    'state_version',
  ];

  it.each([
    [
      'submit, claim and settle',
      async () => {
        const operation = await submit(ledger, { customer: 'acme', range: '10.77.0.0/24' });
        const claimed = await claim(ledger, operation.id);
        await ledger.work.heartbeat(claimed, 60_000);
        await ledger.work.enterPhase(claimed, 'planning');
        await ledger.work.applyStarted(claimed);
        await ledger.states.lock(claimed, { ID: 'l' });
        await ledger.states.read(claimed);
        await succeed(ledger, claimed);
      },
    ],
    [
      'submit, claim and settle of devices',
      async () => {
        const requester = { apiKeyId: ledger.apiKeyId, name: 'tester' };
        const request = { customer: 'acme', site: 'paris', requester };
        const spec = { ip: '10.77.0.9' };
        await ledger.devices.put({ ...request, device: 'printer', spec, preconditions: {} });
        const batch = { put: [{ name: 'camera', spec: { ip: '10.77.0.10' } }], delete: [] };
        const result = await ledger.devices.batch({ ...request, ...batch });
        if (result.kind !== 'accepted') throw new Error(`the batch was ${result.kind}`);
        const message = { ...(await wakeOf(ledger, result.operation.id)), lane: 'bulk' as const };
        const claimed = await ledger.rounds.claim(message, worker(), () => 100);
        if (typeof claimed === 'string') throw new Error(`the claim was refused: ${claimed}`);
        await ledger.rounds.heartbeat(claimed, 60_000);
        await ledger.rounds.roundStarted(claimed);
        const results = claimed.devices.map(({ resourceId }) => ({
          resourceId,
          outcome: 'applied' as const,
          outputs: {},
        }));
        await ledger.rounds.settle(claimed, results, { bulkSize: 100, mayGoOn: true });
        await ledger.devices.get('acme', 'paris', 'printer');
        await ledger.devices.list('acme', 'paris', { limit: 50 });
        await ledger.devices.results(result.operation.id);
      },
    ],
    ['an unchanged PUT', () => ledger.requests.put(putOf(ledger, { range: '10.77.0.0/24' }))],
    ['get a site', () => ledger.requests.get('customer-777', 'site-3')],
    ['list sites', () => ledger.requests.list('customer-777', { limit: 50 })],
    ['list customers', () => ledger.customers.list({ limit: 50 })],
    ['list operations', () => ledger.operations.list({}, { limit: 50 })],
    [
      'list a customer’s operations',
      () => ledger.operations.list({ customer: 'customer-777' }, { limit: 50 }),
    ],
    ['the sweep', () => ledger.sweeper.sweep()],
  ])('%s reads no big table from end to end', async (_name, work) => {
    const plans = await plansOf(work);
    expect(plans.length).toBeGreaterThan(0);
    const scans = plans.flatMap(({ text, nodes }) =>
      nodes
        .filter((node) => node['Node Type'] === 'Seq Scan' && BIG.includes(node['Relation Name'] ?? ''))
        .map((node) => ({ table: node['Relation Name'], text })),
    );
    expect(scans).toEqual([]);
  });
});
