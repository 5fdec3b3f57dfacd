import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SiteRunsService } from '../../apps/tf-executor/src/sites/site-runs.service.js';
import type { Workbench } from '../../apps/tf-executor/src/terraform/workbench.js';
import { ExecutorWorld, PSK_CANARY, siteSpec } from './support/executor-world.js';
import type { FakeSite, LedgerEvent } from './support/fake-ledger.js';

const never = new AbortController().signal;
const NO_CHANGES = { add: 0, change: 0, remove: 0, replace: 0 };

let world: ExecutorWorld;
beforeAll(async () => {
  world = await ExecutorWorld.open();
});
afterAll(() => world.close());
beforeEach(() => world.admin('POST', '/reset'));

/** Converges and answers how it ended. */
async function converge(
  runs: SiteRunsService,
  site: FakeSite,
  action: 'create' | 'update' | 'delete',
  spec = siteSpec(),
) {
  const message = world.ledger.ask(site, action, spec);
  await runs.converge(message, never);
  return { ...message, outcome: world.ledger.outcomeOf(message.operationId) };
}

const outputsOf = (outcome: LedgerEvent | undefined): Record<string, unknown> =>
  outcome?.type === 'settled' && outcome.status === 'succeeded' ? outcome.outputs : {};

const runFolders = (workbench: Workbench): Promise<string[]> => readdir(workbench.folder.runs);

describe.each([
  ['with warm providers', true],
  ['with providers that Terraform starts', false],
])('sites %s', (_how, hasWarmProviders) => {
  let runs: SiteRunsService;
  let workbench: Workbench;
  beforeAll(async () => {
    ({ runs, workbench } = await world.executor({ hasWarmProviders }));
  });

  it('are created, edited in place and deleted, and every plan after an apply is empty', async () => {
    const site = world.addSite();
    const spec = siteSpec([
      { name: 'hq-1', hasBgp: true },
      { name: 'hq-2', role: 'secondary' },
    ]);

    const create = await converge(runs, site, 'create', spec);
    expect(create.outcome).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, add: 2 },
      outputs: { siteId: expect.any(String), bgpPeerIds: { 'hq-1': expect.any(String) } },
      timings: { initMs: expect.any(Number), planMs: expect.any(Number), applyMs: expect.any(Number) },
    });
    expect(world.ledger.eventsOf(create.operationId).map(({ type }) => type)).toEqual([
      'apply_started',
      'applied',
      'applied',
      'settled',
    ]);

    const same = await converge(runs, site, 'update', spec);
    expect(same.outcome).toMatchObject({ status: 'succeeded', changes: NO_CHANGES });
    expect(same.outcome).toMatchObject({ outputs: outputsOf(create.outcome) });
    expect(world.ledger.eventsOf(same.operationId).map(({ type }) => type)).not.toContain('apply_started');

    const edited = siteSpec(
      [
        { name: 'hq-1', hasBgp: true, psk: 'another pre-shared key' },
        { name: 'hq-2', role: 'secondary' },
      ],
      { description: 'a branch, edited', networkRange: '10.21.0.0/24' },
    );
    expect((await converge(runs, site, 'update', edited)).outcome).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, change: 1 },
    });
    site.isUnreconciled = true;
    expect((await converge(runs, site, 'update', edited)).outcome).toMatchObject({ changes: NO_CHANGES });

    const twoPeers = siteSpec([
      { name: 'hq-1', hasBgp: true },
      { name: 'hq-2', role: 'secondary', hasBgp: true },
    ]);
    expect((await converge(runs, site, 'update', twoPeers)).outcome).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, add: 1, change: 1 },
    });
    const onePeer = siteSpec([{ name: 'hq-1' }, { name: 'hq-2', role: 'secondary', hasBgp: true }]);
    expect((await converge(runs, site, 'update', onePeer)).outcome).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, remove: 1 },
    });
    const { sites, bgpPeers } = await world.objectsOf(site);
    expect(sites).toHaveLength(1);
    expect(bgpPeers).toMatchObject([{ name: 'hq-2' }]);

    expect((await converge(runs, site, 'delete', onePeer)).outcome).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, remove: 2 },
    });
    expect(await world.objectsOf(site)).toMatchObject({ sites: [], bgpPeers: [] });
    expect(JSON.parse(world.ledger.stateOf(site))).toMatchObject({ resources: [] });
    expect(await runFolders(workbench)).toEqual([]);
  });

  it('get what was typed, whatever it looks like to Terraform', async () => {
    const site = world.addSite();
    const psks = [
      '${path.root}-${1+1}',
      '%{if true}"quoted"\\%{endif}',
      'line\nbreak\tand tab',
      'schlüssel-☂-鍵-\u2028',
    ];
    const tunnels = psks.map((psk, index) => ({
      name: `hq-${index}`,
      role: index < 3 ? ('primary' as const) : ('secondary' as const),
      psk,
    }));
    const spec = siteSpec(tunnels, { description: '${var.token} %{for} "x" <&>' });
    expect((await converge(runs, site, 'create', spec)).outcome).toMatchObject({ status: 'succeeded' });
    const { sites } = await world.objectsOf(site);
    expect(sites).toMatchObject([
      {
        description: `\${var.token} %{for} "x" <&> [sw:${site.resourceId}]`,
        primary: { tunnels: psks.slice(0, 3).map((psk) => ({ psk })) },
        secondary: { tunnels: [{ psk: psks[3] }] },
      },
    ]);
  });
});

describe('a run that the vendor refuses', () => {
  let runs: SiteRunsService;
  beforeAll(async () => {
    ({ runs } = await world.executor());
  });

  it.each([
    ['a server error', { effect: 'status', status: 500 }, 'VENDOR_UNAVAILABLE', 'deferred'],
    ['a lost connection', { effect: 'reset_after' }, 'VENDOR_UNAVAILABLE', 'deferred'],
    ['a wrong token', { effect: 'status', status: 401 }, 'VENDOR_AUTH_FAILED', 'settled'],
    [
      'a refusal',
      { effect: 'graphql_error', message: 'input: variable.psk is not a valid Psk' },
      'VENDOR_REJECTED',
      'settled',
    ],
  ])('ends by what %s means, without a secret', async (_what, effect, code, type) => {
    const site = world.addSite();
    await world.admin('POST', '/faults', {
      vendor: 'cato',
      account: site.accountId,
      operation: 'addIpsecIkeV2SiteTunnels',
      ...effect,
    });
    const { operationId, outcome } = await converge(runs, site, 'create');
    expect(outcome).toMatchObject({ type, error: { code } });
    const written = JSON.stringify(world.ledger.eventsOf(operationId));
    expect(written).not.toContain('psk-canary');
    expect(written).not.toContain('vendor-token-canary');
    expect(written).not.toContain('requestBody');
  });

  it('does not take over a site of that name which is not its own', async () => {
    const first = world.addSite('berlin');
    await converge(runs, first, 'create');
    const second = world.ledger.addSite({ ...first });
    const taken = { type: 'settled', status: 'failed', error: { code: 'NAME_TAKEN' } };
    // Once the vendor says so, once our own lookup.
    expect((await converge(runs, second, 'create')).outcome).toMatchObject(taken);
    expect((await converge(runs, second, 'create')).outcome).toMatchObject(taken);
    expect((await converge(runs, second, 'delete')).outcome).toMatchObject({ status: 'succeeded' });
    expect((await world.objectsOf(first))['sites']).toHaveLength(1);
  });

  it('changes nothing when the plan destroys what was not asked to go', async () => {
    const site = world.addSite();
    await converge(runs, site, 'create');
    const without = siteSpec([{ name: 'hq-1' }, { name: 'hq-2', role: 'secondary' }]);
    site.appliedSpec = without;
    const { outcome } = await converge(runs, site, 'update', without);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'PLAN_GUARD' } });
    expect((await world.objectsOf(site))['bgpPeers']).toHaveLength(2);
  });
});

describe('a state that cannot be stored', () => {
  it('is kept aside, and the next try finds what is at the vendor', async () => {
    const { runs, workbench } = await world.executor();
    const site = world.addSite();
    const { StateConflict } = await import('@app/ledger');
    world.ledger.writeFailure = new StateConflict('for the test');
    const message = world.ledger.ask(site, 'create', siteSpec());
    await runs.converge(message, never);
    world.ledger.writeFailure = undefined;
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
      type: 'deferred',
      error: { code: 'TF_STATE_UNSAVED' },
    });
    expect(site.quarantine).toHaveLength(1);
    expect(await runFolders(workbench)).toEqual([]);

    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    const { sites, bgpPeers } = await world.objectsOf(site);
    expect([sites?.length, bgpPeers?.length]).toEqual([1, 2]);
  });
});

describe('secrets', () => {
  it('are in no event of the ledger', () => {
    const written = JSON.stringify([...world.ledger.events.values()]);
    expect(written).not.toContain(PSK_CANARY);
    expect(written).not.toContain('psk-canary');
    expect(written).not.toContain('vendor-token-canary');
  });
});
