import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient, ORG, type Reply } from './director-client.js';
import {
  addSite,
  applianceNames,
  CONFIG,
  DEVICE,
  deviceBody,
  errorTag,
  GROUP,
  onboard,
  startDeploy,
  TEMPLATE,
} from './fixtures.js';

let client: DirectorClient;
let folder: string;
beforeAll(async () => {
  client = await DirectorClient.start();
  folder = await mkdtemp(join(tmpdir(), 'director-data-'));
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await addSite(client);
});
afterAll(async () => {
  await client.close();
  await rm(folder, { recursive: true });
});

const account = { vendor: 'versa', account: ORG };
const create = (name: string): Promise<Reply> => client.send('POST', DEVICE, { body: deviceBody(name) });

describe('faults of calls', () => {
  it('have the shape of the services or of configuration data', async () => {
    await client.order({ operation: 'device:create', effect: 'status', status: 503, message: 'try later' });
    expect(await create('branch-1')).toMatchObject({
      status: 503,
      body: { error: 'Service Unavailable', code: 4500, message: 'try later', more_info: '' },
    });
    await client.order({ operation: 'config:replace', effect: 'status', status: 409 });
    const reply = await client.send('PUT', `${CONFIG}/system`, { body: { system: { host: 'x' } } });
    expect([reply.status, errorTag(reply)]).toEqual([409, 'lock-denied']);
    await client.order({ operation: 'task:get', effect: 'graphql_error' });
    expect(await client.send('GET', '/vnms/tasks/task/1')).toMatchObject({
      status: 200,
      body: { code: 4500 },
    });
    await client.order({ operation: 'device:list', effect: 'status', status: 429 });
    const limited = await client.send('GET', '/vnms/sdwan/workflow/devices');
    expect(limited.headers.get('retry-after')).toBe('1');
  });

  it.each([
    ['reset_before', []],
    ['reset_after', ['branch-1']],
  ])('%s: the connection breaks', async (effect, expected) => {
    await client.order({ operation: 'device:create', effect });
    await expect(create('branch-1')).rejects.toThrow('fetch failed');
    const list = await client.call('GET', '/vnms/sdwan/workflow/devices');
    const devices = at(list, 'versanms.sdwan-device-list');
    expect(Array.isArray(devices) && devices.map((one: unknown) => at(one, 'deviceName'))).toEqual(expected);
  });

  it('hang: until the fault is deleted', async () => {
    const fault = await client.order({ operation: 'device:create', effect: 'hang' });
    const outcome = create('branch-1').then(
      () => 'answered',
      () => 'cut',
    );
    expect(await client.steer('GET', `/faults/${fault}?waitMs=10000`)).toMatchObject({ holding: 1 });
    await client.steer('DELETE', `/faults/${fault}`);
    expect(await outcome).toBe('cut');
  });

  it('malformed: half an answer', async () => {
    await client.order({ operation: 'device:create', effect: 'malformed' });
    await expect(create('branch-1')).rejects.toThrow(SyntaxError);
  });
});

it('a test can await the nth call of an operation', async () => {
  const arrived = client.steer('GET', '/calls?vendor=versa&operation=device:create&atLeast=2&waitMs=10000');
  await create('branch-1');
  await create('branch-2');
  expect(at(await arrived, 'operations', 'device:create', 'calls')).toBe(2);
});

describe('objects', () => {
  it('are shown, settled up to now', async () => {
    await create('branch-1');
    await startDeploy(client, 'branch-1');
    await client.advance(3000);
    const { objects } = await client.steer('GET', `/objects?vendor=versa&account=${ORG}`);
    expect(objects).toMatchObject({
      organizations: [{ name: ORG }],
      templates: [{ name: TEMPLATE, isDeployed: true, lockedBy: null }],
      deviceGroups: [{ name: GROUP }],
      workflows: [{ name: 'branch-1', status: 'Deployed' }],
      appliances: [
        { name: 'branch-1', template: TEMPLATE, syncStatus: 'IN_SYNC', serialNumber: 'SN-branch-1' },
      ],
      tasks: [{ kind: 'deploy', status: 'COMPLETED' }],
    });
    expect(await client.steer('GET', '/objects?vendor=versa')).toMatchObject({
      accounts: [{ account: ORG }],
    });
  });

  it('are changed and deleted out of band', async () => {
    await onboard(client, 'branch-1', 'branch-2');
    await client.mutate('appliance', 'branch-1', { isEdited: true });
    expect(await client.syncStatuses()).toEqual({ 'branch-1': 'OUT_OF_SYNC', 'branch-2': 'IN_SYNC' });
    await client.steer('POST', '/objects:delete', { ...account, kind: 'appliance', name: 'branch-1' });
    expect(await applianceNames(client)).toEqual(['branch-2']);
    expect((await client.send('GET', `${DEVICE}/branch-1`)).status).toBe(200);
    for (const [kind, name] of [
      ['workflow', 'branch-1'],
      ['deviceGroup', GROUP],
      ['template', TEMPLATE],
    ]) {
      await client.steer('POST', '/objects:delete', { ...account, kind, name });
    }
    expect((await client.send('GET', CONFIG)).status).toBe(404);
  });

  it.each([
    ['a field that is not there', 'template', { colour: 1 }, 400],
    ['the name', 'template', { name: 'x' }, 400],
    ['a config that is no object', 'template', { config: 'x' }, 400],
    ['an unknown kind', 'planet', { name: 'x' }, 400],
  ])('refuse a change of %s', async (_what, kind, set, status) => {
    const reply = await client.admin('POST', '/objects:mutate', { ...account, kind, name: TEMPLATE, set });
    expect(reply.status).toBe(status);
  });

  it('that are not there are not found', async () => {
    const reply = await client.admin('POST', '/objects:delete', { ...account, kind: 'template', name: 'x' });
    expect(reply.status).toBe(404);
  });
});

it('bad settings are refused by name', async () => {
  const reply = await client.admin('POST', '/settings', { vendor: 'versa', commitLock: 'maybe' });
  expect(reply.status).toBe(400);
  expect(at(reply.body, 'error')).toContain('commitLock');
});

it('reset leaves nothing behind: objects, logins and settings', async () => {
  const login = await client.login();
  await client.configure({ maxAccessTokens: 1 });
  await client.steer('POST', '/reset');
  expect(await client.steer('GET', '/objects?vendor=versa')).toEqual({ vendor: 'versa', accounts: [] });
  expect(await client.steer('GET', '/settings')).toMatchObject({ versa: { maxAccessTokens: 100 } });
  expect(login.status).toBe(200);
  expect((await client.login()).status).toBe(200);
});

it('what was stored yesterday is there today, and a task that was under way ends', async () => {
  const path = join(folder, 'kept.json');
  const yesterday = await DirectorClient.start(path);
  await addSite(yesterday);
  await onboard(yesterday, 'branch-1');
  await yesterday.call('POST', DEVICE, deviceBody('branch-2'));
  await yesterday.advance(1e9);
  const task = await startDeploy(yesterday, 'branch-2');
  await yesterday.close();

  const today = await DirectorClient.start(path);
  try {
    expect(await today.syncStatuses()).toEqual({ 'branch-1': 'IN_SYNC' });
    expect(await today.ended(task)).toEqual({ status: 'COMPLETED', errors: [] });
    expect(Number(await startDeploy(today, 'branch-2'))).toBe(Number(task) + 1);
  } finally {
    await today.close();
  }
});
