import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SiteRunsService } from '../../apps/tf-executor/src/sites/site-runs.service.js';
import type { Workbench } from '../../apps/tf-executor/src/terraform/workbench.js';
import { ExecutorWorld, siteSpec } from './support/executor-world.js';
import type { FakeSite } from './support/fake-ledger.js';

const never = new AbortController().signal;
const NO_CHANGES = { add: 0, change: 0, remove: 0, replace: 0 };
const CREATE_CALLS = [
  ['addIpsecIkeV2Site', 1],
  ['entityLookup', 1],
  ['updateIpsecIkeV2SiteGeneralDetails', 1],
  ['addIpsecIkeV2SiteTunnels', 1],
  ['entityLookup', 2],
  ['accountSnapshot', 1],
  ['addBgpPeer', 1],
  ['addBgpPeer', 2],
] as const;

let world: ExecutorWorld;
let runs: SiteRunsService;
let workbench: Workbench;
beforeAll(async () => {
  world = await ExecutorWorld.open();
  ({ runs, workbench } = await world.executor());
});
afterAll(() => world.close());
beforeEach(() => world.admin('POST', '/reset'));

const fault = (site: FakeSite, operation: string, effect: Record<string, unknown>): Promise<{ id: string }> =>
  world.admin('POST', '/faults', { vendor: 'cato', account: site.accountId, operation, ...effect });

/** Kills every Terraform of the executor as the kernel would: at once, without a word. */
async function killTerraform(): Promise<void> {
  const supervisor = await readFile(join(workbench.folder.path, 'owner.pid'), 'utf8');
  await promisify(execFile)('pkill', ['-KILL', '-P', supervisor, '-f', 'apply']);
}

/** Runs until the vendor hangs in that call, having done its part or not, and kills Terraform there. */
async function killAt(
  site: FakeSite,
  message: Parameters<SiteRunsService['converge']>[0],
  [operation, nth]: readonly [string, number],
  effect = 'hang_after',
): Promise<void> {
  const { id } = await fault(site, operation, { effect, nth, times: 1 });
  const running = runs.converge(message, never);
  await world.admin('GET', `/faults/${id}?waitMs=30000`);
  await killTerraform();
  await running;
  await world.admin('DELETE', '/faults');
  expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
    type: 'deferred',
    reason: 'retry',
    error: { code: 'TF_APPLY_FAILED', retryable: true },
  });
}

/** What is at the vendor, and what a plan that reads all of it back would still change. */
async function foundOf(site: FakeSite) {
  const { sites, bgpPeers } = await world.objectsOf(site);
  site.isUnreconciled = true;
  const check = world.ledger.ask(site, 'update', site.appliedSpec ?? siteSpec());
  await runs.converge(check, never);
  const outcome = world.ledger.outcomeOf(check.operationId);
  return {
    sites: sites?.length,
    peers: bgpPeers?.length,
    toChange: outcome?.type === 'settled' ? outcome.changes : outcome,
    runFolders: await readdir(workbench.folder.runs),
  };
}

/** The vendor has the site once, with its peers, and the state knows all of it. */
const whole = { sites: 1, peers: 2, toChange: NO_CHANGES, runFolders: [] };

describe('a create', () => {
  it.each(CREATE_CALLS)('whose call %s (%d) failed once ends with one site', async (operation, nth) => {
    const site = world.addSite();
    await fault(site, operation, { effect: 'status', status: 503, nth, times: 1 });
    const message = world.ledger.ask(site, 'create', siteSpec());
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
      type: 'deferred',
      delayMs: 10_000,
      error: { code: 'VENDOR_UNAVAILABLE' },
    });
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await foundOf(site)).toEqual(whole);
  });

  it('that never reached the vendor is simply repeated', async () => {
    const site = world.addSite();
    const message = world.ledger.ask(site, 'create', siteSpec());
    await killAt(site, message, ['addIpsecIkeV2Site', 1], 'hang');
    await runs.converge(message, never);
    expect(await foundOf(site)).toEqual(whole);
  });

  it('that is followed by another wish for the same site ends with that one', async () => {
    const site = world.addSite();
    await killAt(site, world.ledger.ask(site, 'create', siteSpec()), ['addBgpPeer', 2]);
    const onePeer = siteSpec([
      { name: 'hq-1', hasBgp: true },
      { name: 'hq-2', role: 'secondary' },
    ]);
    const message = world.ledger.ask(site, 'update', onePeer);
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await foundOf(site)).toEqual({ ...whole, peers: 1 });
  });

  it('that was killed and is then deleted leaves nothing', async () => {
    const site = world.addSite();
    await killAt(site, world.ledger.ask(site, 'create', siteSpec()), ['addBgpPeer', 1]);
    const message = world.ledger.ask(site, 'delete', siteSpec());
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
      status: 'succeeded',
      changes: { ...NO_CHANGES, remove: 1 },
    });
    expect(await world.objectsOf(site)).toMatchObject({ sites: [], bgpPeers: [] });
  });
});

describe('an update', () => {
  it.each([
    ['updateSiteGeneralDetails', 1],
    ['updateIpsecIkeV2SiteTunnels', 1],
    ['addBgpPeer', 1],
  ] as const)('that was killed after call %s (%d) is completed', async (...call) => {
    const site = world.addSite();
    const one = siteSpec([
      { name: 'hq-1', hasBgp: true },
      { name: 'hq-2', role: 'secondary' },
    ]);
    await runs.converge(world.ledger.ask(site, 'create', one), never);
    const two = siteSpec(
      [
        { name: 'hq-1', hasBgp: true, psk: 'a new pre-shared key' },
        { name: 'hq-2', role: 'secondary', hasBgp: true },
      ],
      { description: 'edited' },
    );
    const message = world.ledger.ask(site, 'update', two);
    await killAt(site, message, call);
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await foundOf(site)).toEqual(whole);
  });

  it('makes a site again that somebody has removed at the vendor', async () => {
    const site = world.addSite();
    await runs.converge(world.ledger.ask(site, 'create', siteSpec()), never);
    const [found] = (await world.objectsOf(site))['sites'] ?? [];
    await world.admin('POST', '/objects:delete', {
      vendor: 'cato',
      account: site.accountId,
      kind: 'site',
      id: found?.['id'],
    });
    site.isUnreconciled = true;
    const message = world.ledger.ask(site, 'update', siteSpec());
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await foundOf(site)).toEqual(whole);
  });
});

describe('a delete', () => {
  it.each([
    ['removeBgpPeer', 1],
    ['removeBgpPeer', 2],
    ['removeSite', 1],
  ] as const)('that was killed after call %s (%d) is completed', async (...call) => {
    const site = world.addSite();
    await runs.converge(world.ledger.ask(site, 'create', siteSpec()), never);
    const message = world.ledger.ask(site, 'delete', siteSpec());
    await killAt(site, message, call);
    await runs.converge(message, never);
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await world.objectsOf(site)).toMatchObject({ sites: [], bgpPeers: [] });
    expect(JSON.parse(world.ledger.stateOf(site))).toMatchObject({ resources: [] });
  });
});

describe('a run that is told to stop', () => {
  it('because it is cancelled keeps what was done and says it', async () => {
    const executor = await world.executor({ heartbeatMs: 100, graceMs: 2_000 });
    const site = world.addSite();
    const message = world.ledger.ask(site, 'create', siteSpec());
    const { id } = await fault(site, 'addBgpPeer', { effect: 'hang' });
    const running = executor.runs.converge(message, never);
    await world.admin('GET', `/faults/${id}?waitMs=30000`);
    world.ledger.cancel(message.operationId);
    await running;
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
      type: 'settled',
      status: 'cancelled',
      error: { code: 'TF_CANCELLED' },
      changes: { ...NO_CHANGES, add: 1 },
    });
    await world.admin('DELETE', '/faults');
    const again = world.ledger.ask(site, 'create', siteSpec());
    await runs.converge(again, never);
    expect(world.ledger.outcomeOf(again.operationId)).toMatchObject({ status: 'succeeded' });
    expect(await foundOf(site)).toEqual(whole);
  });

  it('because the executor stops goes on elsewhere at once', async () => {
    const site = world.addSite();
    const message = world.ledger.ask(site, 'create', siteSpec());
    const { id } = await fault(site, 'addBgpPeer', { effect: 'hang' });
    const drain = new AbortController();
    const executor = await world.executor({ graceMs: 2_000 });
    const running = executor.runs.converge(message, drain.signal);
    await world.admin('GET', `/faults/${id}?waitMs=30000`);
    drain.abort();
    await running;
    await world.admin('DELETE', '/faults');
    expect(world.ledger.outcomeOf(message.operationId)).toMatchObject({
      type: 'deferred',
      reason: 'interrupted',
      delayMs: 0,
      error: { code: 'TF_INTERRUPTED' },
    });
    await runs.converge(message, never);
    expect(await foundOf(site)).toEqual(whole);
  });

  it('because its lease is lost writes nothing more', async () => {
    const site = world.addSite();
    const message = world.ledger.ask(site, 'create', siteSpec());
    const { id } = await fault(site, 'addBgpPeer', { effect: 'hang' });
    const executor = await world.executor({ heartbeatMs: 100, graceMs: 2_000 });
    const running = executor.runs.converge(message, never);
    await world.admin('GET', `/faults/${id}?waitMs=30000`);
    world.ledger.takeOver(message.operationId);
    const versions = site.versions.length;
    await running;
    await world.admin('DELETE', '/faults');
    expect(world.ledger.outcomeOf(message.operationId)).toBeUndefined();
    expect(site.versions).toHaveLength(versions);
    await runs.converge(message, never);
    expect(await foundOf(site)).toEqual(whole);
  });
});
