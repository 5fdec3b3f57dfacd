import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { at, DirectorClient, ORG } from './director-client.js';
import {
  DEVICE,
  deviceBody,
  GROUP,
  groupBody,
  TEMPLATE,
  templateBody,
  WORKFLOWS,
  addSite,
  onboard,
} from './fixtures.js';

let client: DirectorClient;
beforeAll(async () => {
  client = await DirectorClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const NEXT_ID = '/vnms/sdwan/global/Branch/availableId/withSerialNumber';
const nextId = async (): Promise<unknown> =>
  at(await client.call('GET', NEXT_ID), 'AvailableIDResponseModel', 'branchId');

it('tells its branch, by which clients choose their calls', async () => {
  const path = '/api/operational/system/package-info';
  expect(await client.call('GET', path)).toMatchObject({ 'package-info': [{ branch: '22.1' }] });
  await client.configure({ branch: '21.2' });
  expect(await client.call('GET', path)).toMatchObject({ 'package-info': [{ branch: '21.2' }] });
});

it('knows the organisation of the caller, and those that are added below it, but not twice', async () => {
  await client.call('POST', '/nextgen/organization', { name: 'acme-shops' });
  const again = await client.send('POST', '/nextgen/organization', { body: { name: 'acme-shops' } });
  expect(again).toMatchObject({ status: 500, body: { error: 'Internal Server Error', code: 4409 } });
  expect(await client.call('GET', '/vnms/organization/orgs')).toMatchObject({
    totalCount: 2,
    organizations: [{ name: ORG, uuid: expect.any(String) }, { name: 'acme-shops' }],
  });
  expect(await client.call('GET', '/nextgen/organization')).toHaveLength(2);
  expect(await client.call('GET', '/nextgen/organization/roots')).toMatchObject([{ name: ORG }]);
});

it('pages with 25 by default', async () => {
  for (let number = 1; number < 30; number += 1) {
    await client.call('POST', '/nextgen/organization', { name: `shop-${number}` });
  }
  const page = async (query: string): Promise<unknown> =>
    at(await client.call('GET', `/vnms/organization/orgs${query}`), 'organizations');
  expect(await page('')).toHaveLength(25);
  expect(await page('?offset=25')).toHaveLength(5);
  expect(await page('?offset=1&limit=1')).toMatchObject([{ name: 'shop-1' }]);
  expect((await client.send('GET', '/vnms/organization/orgs?limit=some')).status).toBe(400);
});

it('hands out ids that nothing uses; by choice the same one until it is used', async () => {
  const first = Number(await nextId());
  expect(await nextId()).toBe(String(first + 1));
  await client.configure({ repeatAvailableIds: true });
  const repeated = await nextId();
  expect(await nextId()).toBe(repeated);
  await client.call('POST', DEVICE, deviceBody('branch-1', { siteId: repeated }));
  expect(await nextId()).toBe(String(Number(repeated) + 1));
  const ids = await client.call('GET', '/vnms/sdwan/global/Org/availableIds/VRF?count=2');
  expect(at(ids, 'SdwanGlobalIds', 'globalIds')).toHaveLength(2);
  expect(await client.call('GET', '/vnms/sdwan/global/Org/availableId')).toHaveProperty(
    'AvailableIDResponseModel',
  );
});

it('lists templates by organisation and type, and each workflow with its status', async () => {
  await client.call('POST', WORKFLOWS, templateBody());
  const status = async (): Promise<unknown> =>
    at(await client.call('GET', `${WORKFLOWS}/${TEMPLATE}`), 'versanms.sdwan-template-workflow', 'status');
  expect(await status()).toBe('Saved');
  await client.call('POST', `${WORKFLOWS}/deploy/${TEMPLATE}`);
  expect(await status()).toBe('Deployed');
  const list = (query: string): Promise<unknown> => client.call('GET', `/vnms/template/metadata?${query}`);
  expect(await list(`organization=${ORG}&type=MAIN&offset=0&limit=10`)).toMatchObject({
    'versanms.templates': { count: 1, template: [{ name: TEMPLATE, organization: ORG }] },
  });
  expect(await list('type=OTHER')).toMatchObject({ 'versanms.templates': { count: 0, template: [] } });
  const twice = await client.send('POST', WORKFLOWS, { body: templateBody() });
  expect(twice).toMatchObject({ status: 500, body: { code: 4409 } });
  await client.call('PUT', WORKFLOWS, templateBody());
  expect(await status()).toBe('Saved');
});

it('makes, changes and removes device groups; a conflict is 400', async () => {
  await client.call('POST', WORKFLOWS, templateBody());
  const made = await client.send('POST', '/nextgen/deviceGroup', { body: groupBody() });
  expect(made.status).toBe(201);
  expect((await client.send('POST', '/nextgen/deviceGroup', { body: groupBody() })).status).toBe(400);
  const names = '/nextgen/deviceGroup/deviceGroupNames';
  expect(await client.call('GET', `${names}?organization=${ORG}`)).toEqual({ 'device-group': [GROUP] });
  expect(await client.call('GET', '/nextgen/deviceGroup?organization=globex')).toEqual({
    'device-group': [],
  });
  const changed = groupBody(GROUP, 'another');
  await client.call('PUT', `/nextgen/deviceGroup/${GROUP}`, changed);
  expect(await client.call('GET', `/nextgen/deviceGroup/${GROUP}`)).toMatchObject({
    'device-group': { name: GROUP, 'dg:poststaging-template': 'another', 'inventory-name': [] },
  });
  expect((await client.send('DELETE', `/nextgen/deviceGroup/${GROUP}`)).status).toBe(204);
  expect((await client.send('DELETE', `/nextgen/deviceGroup/${GROUP}`)).status).toBe(404);
});

it('keeps a group and a template that devices use', async () => {
  await addSite(client);
  await onboard(client, 'branch-1');
  const group = await client.send('DELETE', `/nextgen/deviceGroup/${GROUP}`);
  expect(group.status).toBe(400);
  expect(at(group.body, 'message')).toContain('branch-1');
  expect((await client.send('DELETE', `${WORKFLOWS}/${TEMPLATE}`)).status).toBe(500);
});

it('shows appliances in three lists and the status of the devices of a group', async () => {
  await addSite(client);
  await onboard(client, 'branch-1');
  const appliance = { name: 'branch-1', ownerOrg: ORG, 'sync-status': 'IN_SYNC', 'ping-status': 'REACHABLE' };
  for (const path of ['/vnms/appliance/appliance', `/vnms/appliance/filter/${ORG}`]) {
    expect(await client.call('GET', path)).toMatchObject({
      'versanms.ApplianceStatusResult': { totalCount: 1, appliances: [appliance] },
    });
  }
  expect(await client.call('GET', '/vnms/appliance/filter/globex')).toMatchObject({
    'versanms.ApplianceStatusResult': { totalCount: 0 },
  });
  expect(await client.call('GET', '/vnms/cloud/systems/getAllAppliancesBasicDetails')).toMatchObject({
    'appliance-list': [{ name: 'branch-1', uuid: expect.any(String), branchId: '501', appType: 'branch' }],
  });
  const status = await client.call('POST', '/vnms/template/deviceGroup/deviceStatus', {
    'versanms.deviceGroups': { deviceGroupDataList: [{ name: GROUP }], 'template-name': TEMPLATE },
  });
  expect(at(status, 'versanms.deviceStatusResult', 'deviceStatusList')).toEqual([
    { name: 'branch-1', status: 'REACHABLE', syncStatus: 'IN_SYNC' },
  ]);
});

it.each([
  ['an organisation that is not the caller’s', { 'dg:organization': 'globex' }, 500],
  ['no name', { name: '' }, 400],
])('refuses a device group with %s', async (_what, more, status) => {
  const body = { 'device-group': { ...groupBody()['device-group'], ...more } };
  expect((await client.send('POST', '/nextgen/deviceGroup', { body })).status).toBe(status);
});
