import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient, ORG, textIn } from './director-client.js';
import {
  addSite,
  applianceNames,
  attributes,
  CONFIG,
  DEVICE,
  deviceBody,
  GROUP,
  onboard,
  startDeploy,
  taskIn,
  TEMPLATE,
} from './fixtures.js';

let client: DirectorClient;
beforeAll(async () => {
  client = await DirectorClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await addSite(client);
});
afterAll(() => client.close());

const statusOf = async (name: string): Promise<unknown> =>
  at(await client.call('GET', `${DEVICE}/${name}`), 'versanms.sdwan-device-workflow', 'status');

it('a serial number becomes an appliance by workflow, deploy and task', async () => {
  const created = await client.send('POST', DEVICE, { body: deviceBody('branch-1') });
  expect(created.status).toBe(200);
  expect(await statusOf('branch-1')).toBe('Saved');
  const deployed = await client.send('POST', `${DEVICE}/deploy/branch-1`);
  expect(deployed).toMatchObject({
    status: 202,
    body: {
      TaskResponse: {
        'task-id': expect.any(String),
        link: { href: expect.stringContaining('vnms/tasks/task/') },
      },
    },
  });
  expect(deployed.headers.get('location')).toBe(`/vnms/tasks/task/${taskIn(deployed)}`);
  expect(await applianceNames(client)).toEqual([]);
  expect(await client.ended(taskIn(deployed))).toEqual({ status: 'COMPLETED', errors: [] });
  expect(await applianceNames(client)).toEqual(['branch-1']);
  expect(await client.call('GET', '/vnms/sdwan/workflow/devices?offset=0&limit=10')).toMatchObject({
    'versanms.sdwan-device-list': [
      { deviceName: 'branch-1', serialNumber: 'SN-branch-1', status: 'Deployed' },
    ],
  });
  expect(await client.call('GET', `/nextgen/deviceGroup/${GROUP}`)).toMatchObject({
    'device-group': { 'inventory-name': ['branch-1'] },
  });
});

it('many workflows are deployed by one call and one task', async () => {
  for (const name of ['branch-1', 'branch-2']) await client.call('POST', DEVICE, deviceBody(name));
  const reply = await client.send('POST', `${DEVICE}/bulkDeploy`, {
    body: { 'device-list': ['branch-1', 'branch-2'] },
  });
  expect(reply.status).toBe(202);
  expect(await client.ended(taskIn(reply))).toMatchObject({ status: 'COMPLETED' });
  expect(await applianceNames(client)).toEqual(['branch-1', 'branch-2']);
});

it('a device goes by a task as well, at both addresses', async () => {
  await onboard(client, 'branch-1', 'branch-2');
  const first = await client.send('DELETE', '/vnms/sdwan/workflow/devices/branch-1');
  const second = await client.send('DELETE', `${DEVICE}/branch-2`);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(await applianceNames(client)).toEqual(['branch-1', 'branch-2']);
  expect(await client.ended(taskIn(second))).toMatchObject({ status: 'COMPLETED' });
  expect(await applianceNames(client)).toEqual([]);
  expect((await client.send('GET', `${DEVICE}/branch-1`)).status).toBe(404);
  expect(await client.send('DELETE', `${DEVICE}/branch-1`)).toMatchObject({
    status: 404,
    body: { error: 'Not Found', code: 4404, message: 'device workflow branch-1 does not exist' },
  });
});

it('the names are the keys: a second workflow of a name is refused', async () => {
  await client.call('POST', DEVICE, deviceBody('branch-1'));
  const twice = await client.send('POST', DEVICE, { body: deviceBody('branch-1') });
  expect(twice).toMatchObject({ status: 500, body: { code: 4409 } });
});

it('a device that a task works on is busy, and the answer names the task', async () => {
  await client.call('POST', DEVICE, deviceBody('branch-1'));
  const task = await startDeploy(client, 'branch-1');
  for (const [method, path] of [
    ['POST', `${DEVICE}/deploy/branch-1`],
    ['DELETE', `${DEVICE}/branch-1`],
  ] as const) {
    const reply = await client.send(method, path);
    expect(reply).toMatchObject({ status: 500, body: { code: 4423, more_info: `task ${task}` } });
  }
  expect(await client.ended(task)).toMatchObject({ status: 'COMPLETED' });
});

it('an edit of a workflow reaches the device with its next deploy', async () => {
  await onboard(client, 'branch-1');
  await client.call('PUT', `${DEVICE}/branch-1`, deviceBody('branch-1', { serialNumber: 'SN-new' }));
  expect(await client.syncStatuses()).toEqual({ 'branch-1': 'OUT_OF_SYNC' });
  await client.ended(await startDeploy(client, 'branch-1'));
  const appliances = await client.call('GET', '/vnms/appliance/appliance');
  expect(at(appliances, 'versanms.ApplianceStatusResult', 'appliances', 0)).toMatchObject({
    'sync-status': 'IN_SYNC',
    Hardware: { serialNo: 'SN-new' },
  });
});

describe('what is wrong is found', () => {
  it.each([
    ['a missing serial number', { serialNumber: '' }, 400],
    ['a missing site id', { siteId: undefined }, 400],
    ['a foreign organisation', { orgName: 'globex' }, 500],
  ])('at once: %s', async (_what, more, status) => {
    expect((await client.send('POST', DEVICE, { body: deviceBody('branch-1', more) })).status).toBe(status);
  });

  it.each([
    ['an unknown device group', { deviceGroup: 'nowhere' }, 'device group nowhere does not exist'],
    [
      'an unknown template',
      { postStagingTemplateInfo: { templateName: 'nothing' } },
      'template nothing does not exist or is not deployed',
    ],
    [
      'a serial number in use',
      { serialNumber: 'SN-branch-1' },
      'serial number SN-branch-1 belongs to branch-1',
    ],
    ['a site id in use', { siteId: '501' }, 'site id 501 belongs to branch-1'],
  ])('by the task, after a 202: %s', async (_what, more, message) => {
    await onboard(client, 'branch-1');
    await client.call('POST', DEVICE, deviceBody('branch-2', more));
    const task = await startDeploy(client, 'branch-2');
    expect(await client.ended(task)).toEqual({ status: 'FAILED', errors: [`branch-2: ${message}`] });
    expect(await statusOf('branch-2')).toBe('Saved');
    expect(await applianceNames(client)).toEqual(['branch-1']);
  });
});

describe('bind variables', () => {
  const HOST = '{$v_branch_host__hostname}';
  beforeEach(() => client.call('PUT', `${CONFIG}/system`, { system: { host: HOST, domain: 'example.net' } }));

  it('are told, bound by the workflow, and in place on the device', async () => {
    await client.call('POST', DEVICE, deviceBody('branch-1'));
    expect(await client.call('POST', `${DEVICE}/template/data/branch-1`)).toEqual(attributes({ [HOST]: '' }));
    const bound = deviceBody('branch-1', {}, { [HOST]: 'paris-1' });
    expect(await client.call('POST', `${DEVICE}/template/data/branch-9`, bound)).toEqual(
      attributes({ [HOST]: 'paris-1' }),
    );
    await client.call('PUT', `${DEVICE}/branch-1`, bound);
    expect(await client.ended(await startDeploy(client, 'branch-1'))).toMatchObject({ status: 'COMPLETED' });
    expect(await client.call('GET', '/api/config/devices/device/branch-1/config/system')).toEqual({
      system: { host: 'paris-1', domain: 'example.net' },
    });
  });

  it('fail the deploy where one has no value', async () => {
    await client.call('POST', DEVICE, deviceBody('branch-1'));
    const { status, errors } = await client.ended(await startDeploy(client, 'branch-1'));
    expect([status, ...errors]).toEqual(['FAILED', `branch-1: variable ${HOST} has no value`]);
  });

  it('may be left to the Director', async () => {
    const body = deviceBody('branch-1', {
      postStagingTemplateInfo: {
        templateName: TEMPLATE,
        templateData: {
          'device-template-variable': {
            'variable-binding': { attrs: [{ name: HOST, value: '', isAutogeneratable: true }] },
          },
        },
      },
    });
    await client.call('POST', DEVICE, body);
    expect(await client.ended(await startDeploy(client, 'branch-1'))).toMatchObject({ status: 'COMPLETED' });
  });

  it('are read and changed alone; the device is out of sync until it is committed', async () => {
    await client.call('POST', DEVICE, deviceBody('branch-1', {}, { [HOST]: 'paris-1' }));
    await client.ended(await startDeploy(client, 'branch-1'));
    const path = `/nextgen/binddata/templateData/template/${TEMPLATE}/device/branch-1`;
    expect(await client.call('GET', path)).toEqual(attributes({ [HOST]: 'paris-1' }));
    await client.call('PUT', path, attributes({ [HOST]: 'paris-2' }));
    expect(await client.syncStatuses()).toEqual({ 'branch-1': 'OUT_OF_SYNC' });
    const other = path.replace(TEMPLATE, 'another');
    expect((await client.send('GET', other)).status).toBe(404);
  });
});

it('the calls are counted under the names that faults use', async () => {
  await onboard(client, 'branch-1');
  expect(await client.steer('GET', `/calls?vendor=versa&account=${ORG}`)).toMatchObject({
    operations: {
      'template:create': { calls: 1 },
      'template:deploy': { calls: 1 },
      'deviceGroup:create': { calls: 1 },
      'device:create': { calls: 1 },
      'device:deploy': { calls: 1 },
      'task:get': { calls: 1 },
    },
  });
  const link = await client.send('POST', `${DEVICE}/deploy/branch-1`);
  expect(textIn(link.body, 'TaskResponse', 'link', 'rel')).toBe('self');
});
