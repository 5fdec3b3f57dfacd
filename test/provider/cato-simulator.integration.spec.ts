import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { installProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { startWarmProvider } from '../../sandbox/cato-provider/testing/warm-provider.js';
import { SimulatedCato } from './simulated-cato.js';
import type { SiteConfiguration } from './site-configuration.js';
import { ACCOUNT_ID, siteConfiguration } from './site-configuration.js';
import { TERRAFORM_BIN, TerraformWorkspace } from './terraform-workspace.js';

const TWO_TUNNELS: SiteConfiguration = { psks: ['key number one', 'key number two'], peers: 2 };

let home: string;
let mirror: ProviderMirror;
let cato: SimulatedCato;
const workspaces: TerraformWorkspace[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'cato-mirror-'));
  mirror = await installProviderMirror({ directory: home, terraformBin: TERRAFORM_BIN });
  cato = await SimulatedCato.start();
});

afterAll(async () => {
  await cato.close();
  await rm(home, { recursive: true, force: true });
});

beforeEach(async () => {
  await cato.post('/reset');
  await cato.post('/settings', { strict: true });
});

afterEach(async () => {
  await Promise.all(workspaces.splice(0).map((workspace) => workspace.remove()));
});

async function open(
  configuration: SiteConfiguration = TWO_TUNNELS,
  environment: Record<string, string> = {},
): Promise<TerraformWorkspace> {
  const workspace = await TerraformWorkspace.create(siteConfiguration(configuration), mirror, {
    CATO_BASEURL: cato.url,
    CATO_TOKEN: 'token-1',
    ...environment,
  });
  workspaces.push(workspace);
  await workspace.must('init', '-no-color', '-lockfile=readonly');
  return workspace;
}

describe("the provider against the vendor's simulator", () => {
  it('makes the calls per action that the budget counts on, and never discards a policy draft', async () => {
    const workspace = await open();

    expect(await cato.countsOf(ACCOUNT_ID, () => workspace.must('apply', '-auto-approve'))).toEqual({
      addIpsecIkeV2Site: 1,
      updateIpsecIkeV2SiteGeneralDetails: 1,
      addIpsecIkeV2SiteTunnels: 1,
      entityLookup: 4,
      accountSnapshot: 1,
      addBgpPeer: 2,
    });
    expect(await cato.countsOf(ACCOUNT_ID, async () => expect(await workspace.plan()).toEqual([]))).toEqual({
      entityLookup: 3,
      accountSnapshot: 1,
      bgpPeer: 2,
    });
    await workspace.configure(siteConfiguration({ ...TWO_TUNNELS, range: '10.30.0.0/24', peerMetric: 60 }));
    expect(
      await cato.countsOf(ACCOUNT_ID, () => workspace.must('apply', '-auto-approve', '-refresh=false')),
    ).toEqual({
      updateSiteGeneralDetails: 1,
      updateNetworkRange: 1,
      updateIpsecIkeV2SiteGeneralDetails: 1,
      updateIpsecIkeV2SiteTunnels: 1,
      entityLookup: 3,
      accountSnapshot: 1,
      updateBgpPeer: 2,
    });
    expect(await workspace.plan()).toEqual([]);
    expect(
      await cato.countsOf(ACCOUNT_ID, () => workspace.must('destroy', '-auto-approve', '-refresh=false')),
    ).toEqual({ entityLookup: 1, removeBgpPeer: 2, removeSite: 1 });
    expect(await cato.objects(ACCOUNT_ID)).toEqual({ sites: [], bgpPeers: [], ranges: [], hosts: [] });
    expect(await cato.calls(ACCOUNT_ID)).toMatchObject({ refused: 0, unauthorized: 0 });
  });

  it('discards the policy draft at every start when nobody forbids it', async () => {
    const workspace = await open({ peers: 0 }, { DISABLE_POLICY_RULE_CLEANUP: 'false' });
    const counts = await cato.countsOf(ACCOUNT_ID, () => workspace.must('apply', '-auto-approve'));
    // One start for the plan, one for the apply.
    expect(counts['discardPolicyRevision']).toBe(2);
  });

  it('delivers text as it was typed', async () => {
    const name = 'Köln "${path.root}" %{if true} \\ ☃';
    const description = 'two\nlines & <tags> ${1+1}';
    const workspace = await open({ name, description, psks: ['p "${path.module}" %{ \n é'], peers: 0 });
    await workspace.must('apply', '-auto-approve');
    expect((await cato.objects(ACCOUNT_ID)).sites).toMatchObject([{ name, description }]);
    expect(await workspace.plan()).toEqual([]);
  });

  it('taints a site whose creation fails half-way, and the next apply replaces it', async () => {
    const workspace = await open();
    await cato.post('/faults', { operation: 'addIpsecIkeV2SiteTunnels', nth: 1, effect: 'graphql_error' });

    const failed = await workspace.apply();
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain('Cato API error in SiteAddIpsecIkeV2SiteTunnels');
    // The vendor's SDK repeats the request in its errors; whoever shows them has to know.
    expect(failed.output.replace(/\s*│?\s*/g, '')).toContain('keynumberone');
    expect((await workspace.state()).resources[0]?.instances[0]).toMatchObject({ status: 'tainted' });

    expect(await cato.countsOf(ACCOUNT_ID, () => workspace.must('apply', '-auto-approve'))).toMatchObject({
      removeSite: 1,
      addIpsecIkeV2Site: 1,
      addBgpPeer: 2,
    });
    expect(await workspace.plan()).toEqual([]);
    expect((await cato.objects(ACCOUNT_ID)).sites).toHaveLength(1);
  });

  it('does not repeat a call whose connection breaks after it took effect', async () => {
    const workspace = await open();
    await cato.post('/faults', { operation: 'addIpsecIkeV2Site', nth: 1, effect: 'reset_after' });
    const { output } = await workspace.apply();
    expect(output).toContain('connection error');
    expect((await workspace.state()).resources).toEqual([]);
    expect((await cato.objects(ACCOUNT_ID)).sites).toMatchObject([{ name: 'acme-paris' }]);
    expect((await cato.calls(ACCOUNT_ID)).accounts[0]?.operations['addIpsecIkeV2Site']?.calls).toBe(1);
  });

  it('waits out a rate limit', async () => {
    const workspace = await open({ peers: 0, provider: 'retry_wait_max_seconds = 1' });
    const message = 'rate limit for operation: accountSnapshot';
    await cato.post('/faults', { operation: 'accountSnapshot', times: 1, effect: 'graphql_error', message });
    await workspace.must('apply', '-auto-approve');
    expect(await workspace.plan()).toEqual([]);
  });

  it('notices that a site is gone', async () => {
    const workspace = await open({ peers: 0 });
    await workspace.must('apply', '-auto-approve');
    await cato.post('/objects:delete', { account: ACCOUNT_ID, kind: 'site', name: 'acme-paris' });
    expect(await workspace.plan()).toEqual([{ address: 'cato_ipsec_site.site', actions: ['create'] }]);
  });

  it('ends with its Terraform, which leaves an orphan and an empty state when it is killed', async () => {
    const workspace = await open();
    await cato.post('/faults', { operation: 'addIpsecIkeV2SiteTunnels', nth: 1, effect: 'hang_after' });
    const terraform = spawn(TERRAFORM_BIN, ['apply', '-auto-approve'], {
      cwd: workspace.directory,
      env: workspace.environment,
      stdio: 'ignore',
    });
    const ended = once(terraform, 'exit');
    await cato.calls(ACCOUNT_ID, { operation: 'addIpsecIkeV2SiteTunnels', atLeast: '1', waitMs: '20000' });
    const providers = (await runningProcesses()).filter(({ parent }) => parent === terraform.pid);
    expect(providers).toHaveLength(1);

    terraform.kill('SIGKILL');
    await ended;
    await vi.waitFor(async () => {
      const pids = (await runningProcesses()).map(({ pid }) => pid);
      expect(pids).not.toContain(providers[0]?.pid);
    }, 10_000);

    expect((await cato.objects(ACCOUNT_ID)).sites).toMatchObject([{ name: 'acme-paris' }]);
    expect((await workspace.state()).resources).toEqual([]);
  });

  it('shared by two runs at once uses the credentials of each for its own calls', async () => {
    const warm = await startWarmProvider(mirror.binary, {
      PATH: process.env['PATH'] ?? '',
      DISABLE_POLICY_RULE_CLEANUP: 'true',
    });
    const accounts = ['2001', '2002', '2003'];
    for (const account of accounts) {
      await cato.post('/tokens:expect', { account, token: `token of ${account}` });
    }
    const runs = await Promise.all(
      accounts.map((account) =>
        open(
          {
            ...TWO_TUNNELS,
            accountId: account,
            provider: `baseurl = "${cato.url}"\n  token = "token of ${account}"`,
          },
          { TF_REATTACH_PROVIDERS: warm.reattach, CATO_BASEURL: '', CATO_TOKEN: '' },
        ),
      ),
    );
    try {
      await Promise.all(runs.map((workspace) => workspace.must('apply', '-auto-approve')));
    } finally {
      await warm.stop();
    }
    for (const account of accounts) {
      expect(await cato.calls(account)).toMatchObject({ mismatched: 0, unauthorized: 0, refused: 0 });
      expect(Object.keys((await cato.calls(account)).accounts[0]?.tokens ?? {})).toHaveLength(1);
    }
  });
});

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
}

/** All processes but those that have ended and only wait to be noticed. */
async function runningProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,stat=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state = 'Z']) => !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
