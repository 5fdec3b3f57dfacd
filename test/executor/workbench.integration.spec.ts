import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunGrant } from '@app/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sweepLeftovers } from '../../apps/tf-executor/src/state/leftovers.js';
import { TerraformFailed } from '../../apps/tf-executor/src/terraform/failures.js';
import { UnsupportedTerraform } from '../../apps/tf-executor/src/terraform/terraform-version.js';
import { Workbench } from '../../apps/tf-executor/src/terraform/workbench.js';
import { terraformVendorOf } from '@app/vendors';
import { runs as isRunning } from '../../sandbox/services/process-table.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { processesIn } from '../../sandbox/stack/processes.js';
import { ExecutorWorld, siteSpec } from './support/executor-world.js';
import type { FakeSite } from './support/fake-ledger.js';

const never = new AbortController().signal;

let world: ExecutorWorld;
beforeAll(async () => {
  world = await ExecutorWorld.open();
});
afterAll(() => world.close());
beforeEach(() => world.admin('POST', '/reset'));

/** What a folder holds, by content; a link counts by what it points to. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = await readdir(folder, { recursive: true });
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const path = join(folder, name);
    const { mtimeMs, size } = await stat(path);
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

describe('runs at the same time', () => {
  it('share one prepared module that none of them changes, and leave nothing behind', async () => {
    const { runs, workbench } = await world.executor();
    await workbench.prepare(terraformVendorOf('cato'));
    const before = await fingerprint(workbench.folder.modules);
    const sites = Array.from({ length: 6 }, () => world.addSite());
    const messages = sites.map((site) => world.ledger.ask(site, 'create', siteSpec()));
    await Promise.all(messages.map((message) => runs.converge(message, never)));
    for (const { operationId } of messages) {
      expect(world.ledger.outcomeOf(operationId)).toMatchObject({ status: 'succeeded' });
    }
    expect(await readdir(workbench.folder.modules)).toHaveLength(1);
    expect(await fingerprint(workbench.folder.modules)).toBe(before);
    expect((await readdir(workbench.folder.path)).filter((name) => name.startsWith('init-'))).toHaveLength(1);
    expect(await readdir(workbench.folder.runs)).toEqual([]);
    expect(await readdir(workbench.folder.home)).toEqual([]);
  });

  it('use the token of their own account, whichever warm provider they get', async () => {
    const { runs } = await world.executor();
    const sites: FakeSite[] = Array.from({ length: 6 }, (_unused, index) => {
      const site = world.addSite();
      site.token = `token-${index}`;
      return site;
    });
    for (const { accountId: account, token } of sites) {
      await world.admin('POST', '/tokens:expect', { vendor: 'cato', account, token });
    }
    const messages = sites.map((site) => world.ledger.ask(site, 'create', siteSpec()));
    const [first, ...others] = messages;
    // Providers that have served one customer serve the next.
    if (first !== undefined) await runs.converge(first, never);
    await Promise.all(others.map((message) => runs.converge(message, never)));
    for (const { operationId } of messages) {
      expect(world.ledger.outcomeOf(operationId)).toMatchObject({ status: 'succeeded' });
    }
  });
});

describe.skipIf(process.platform !== 'linux')('a run', () => {
  it('keeps its secrets in files of its own, out of every command line', async () => {
    const { runs, workbench } = await world.executor();
    const site = world.addSite();
    const { id } = await world.admin<{ id: string }>('POST', '/faults', {
      vendor: 'cato',
      account: site.accountId,
      operation: 'addBgpPeer',
      effect: 'hang',
      times: 1,
    });
    const message = world.ledger.ask(site, 'create', siteSpec());
    const running = runs.converge(message, never);
    await world.admin('GET', `/faults/${id}?waitMs=30000`);

    const [name = ''] = await readdir(workbench.folder.runs);
    const folder = join(workbench.folder.runs, name);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const files = await readdir(folder);
    expect(files.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      '.terraform.lock.hcl',
      'grant.json',
      'main.tf',
      'output-1.jsonl',
      'outputs.tf',
      'sitewright.auto.tfvars.json',
      'variables.tf',
    ]);
    for (const file of ['grant.json', 'output-1.jsonl', 'sitewright.auto.tfvars.json']) {
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    }
    const [terraform = 0] = processesIn(folder, 'apply');
    const [command, environment] = await Promise.all(
      ['cmdline', 'environ'].map((what) => readFile(`/proc/${terraform}/${what}`, 'utf8')),
    );
    expect(command).toContain('-auto-approve');
    for (const text of [command, environment, await readFile(join(folder, 'grant.json'), 'utf8')]) {
      expect(text).not.toContain('canary');
    }
    const names = environment?.split('\0').map((pair) => pair.split('=')[0]);
    expect(names).not.toContain('DATABASE_URL');
    expect(names).toContain('TF_HTTP_PASSWORD');

    await world.admin('DELETE', '/faults');
    await running;
    expect(await readdir(workbench.folder.runs)).toEqual([]);
  });
});

describe('a workbench', () => {
  it('refuses a binary that is not Terraform, and leaves nothing', async () => {
    const before = await readdir(join(world.directory, 'work'));
    const bench = new Workbench(world.workbenchOptions({ binary: '/bin/echo' }));
    await expect(bench.start()).rejects.toBeInstanceOf(UnsupportedTerraform);
    await bench.close();
    expect(await readdir(join(world.directory, 'work'))).toEqual(before);
  });

  it('says why a module cannot be prepared, and tries again the next time', async () => {
    const empty = join(world.directory, 'empty-mirror');
    await mkdir(empty, { recursive: true });
    const { workbench } = await world.executor({ providerMirror: empty });
    for (let time = 0; time < 2; time += 1) {
      const failed = workbench.prepare(terraformVendorOf('cato'));
      await expect(failed).rejects.toBeInstanceOf(TerraformFailed);
      await expect(failed).rejects.toMatchObject({ code: 'TF_INIT_FAILED', stage: 'init' });
    }
  });

  it('removes its folder when it is closed', async () => {
    const bench = new Workbench(world.workbenchOptions());
    await bench.start();
    const { path } = bench.folder;
    await bench.close();
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** The folder of an executor whose supervisor is gone, with a state that Terraform could not store. */
async function leaveBehind(grant: RunGrant, state: string): Promise<string> {
  const folder = join(world.directory, 'work', `executor-${randomUUID()}`);
  const run = join(folder, 'runs', `${grant.operationId}-${grant.fencingToken}`);
  await mkdir(run, { recursive: true });
  // A process that is there and is no supervisor.
  await writeFile(join(folder, 'owner.pid'), String(process.pid));
  await writeFile(join(run, 'grant.json'), JSON.stringify(grant));
  await writeFile(join(run, 'errored.tfstate'), state);
  return folder;
}

const grantOf = (site: FakeSite, fencingToken = site.fencingToken): RunGrant => ({
  customerId: site.customerId,
  resourceId: site.resourceId,
  operationId: randomUUID(),
  workerId: 'gone',
  fencingToken,
});

describe('what a dead executor has left', () => {
  const state = JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources: [] });

  it('becomes the state of the site while nobody has taken it over, and else is kept aside', async () => {
    const { workbench } = await world.executor();
    const [current, taken] = [world.addSite(), world.addSite()];
    taken.fencingToken = 7;
    const folders = [await leaveBehind(grantOf(current), state), await leaveBehind(grantOf(taken, 6), state)];

    const swept = await sweepLeftovers(join(world.directory, 'work'), workbench.folder, world.ledger);
    expect(swept).toEqual({ removed: 2, salvaged: 2 });
    expect([world.ledger.stateOf(current), current.quarantine.length]).toEqual([state, 0]);
    expect([world.ledger.stateOf(taken), taken.quarantine.map(String)]).toEqual(['', [state]]);
    expect([current.lock, taken.lock]).toEqual([undefined, undefined]);
    for (const folder of folders) await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stays while the ledger cannot take it', async () => {
    const { workbench } = await world.executor();
    const unknown = grantOf(world.addSite());
    const folder = await leaveBehind({ ...unknown, resourceId: 'nobody' }, state);
    await expect(
      sweepLeftovers(join(world.directory, 'work'), workbench.folder, world.ledger),
    ).rejects.toBeInstanceOf(AggregateError);
    expect((await stat(folder)).isDirectory()).toBe(true);
  });

  it('is not touched while the executor lives, though its supervisor died and another one took its place', async () => {
    const [one, other] = [await world.executor(), await world.executor()];
    const { path } = other.workbench.folder;
    const supervisor = Number(await readFile(join(path, 'owner.pid'), 'utf8'));
    process.kill(supervisor, 'SIGKILL');
    await waitFor(() => !isRunning(supervisor, 'supervisor.main'), {
      what: 'the end of the supervisor',
      timeoutMs: 10_000,
    });
    const sweep = () => sweepLeftovers(join(world.directory, 'work'), one.workbench.folder, world.ledger);
    await sweep().catch(() => undefined);
    expect((await stat(path)).isDirectory()).toBe(true);
    // The supervisor is noticed to be gone by the run that needs it, which then has another one.
    await waitFor(
      async () => {
        const site = world.addSite();
        const { operationId, ...message } = world.ledger.ask(site, 'create', siteSpec());
        await other.runs.converge({ operationId, ...message }, never);
        return world.ledger.outcomeOf(operationId)?.type === 'settled';
      },
      { what: 'a run under another supervisor', timeoutMs: 20_000 },
    );
    const heir = Number(await readFile(join(path, 'owner.pid'), 'utf8'));
    expect(isRunning(heir, 'supervisor.main')).toBe(true);
    expect(heir).not.toBe(supervisor);
  });

  it('is not touched while its supervisor lives', async () => {
    const [one, other] = [await world.executor(), await world.executor()];
    await sweepLeftovers(join(world.directory, 'work'), one.workbench.folder, world.ledger).catch(
      () => undefined,
    );
    expect((await stat(other.workbench.folder.path)).isDirectory()).toBe(true);
  });
});
