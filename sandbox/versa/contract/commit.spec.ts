import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient, textIn } from './director-client.js';
import {
  addSite,
  CONFIG,
  errorTag,
  GROUP,
  onboard,
  startCommit,
  TEMPLATE,
  WORKFLOWS,
  templateBody,
  groupBody,
  DEVICE,
  deviceBody,
  startDeploy,
} from './fixtures.js';

let client: DirectorClient;
beforeAll(async () => {
  client = await DirectorClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await addSite(client);
  await onboard(client, 'branch-1', 'branch-2');
});
afterAll(() => client.close());

const edit = (host: string) => client.send('PUT', `${CONFIG}/system`, { body: { system: { host } } });
const hostOf = async (device: string): Promise<unknown> =>
  at(await client.call('GET', `/api/config/devices/device/${device}/config/system`), 'system', 'host');
const statusOf = async (task: string): Promise<unknown> =>
  at(await client.task(task), 'versa-tasks.task-status');

it('an edit of a template puts its devices out of sync until each is committed', async () => {
  await edit('new');
  expect(await client.syncStatuses()).toEqual({ 'branch-1': 'OUT_OF_SYNC', 'branch-2': 'OUT_OF_SYNC' });
  const task = await startCommit(client, ['branch-1']);
  expect(await client.syncStatuses()).toMatchObject({ 'branch-1': 'OUT_OF_SYNC' });
  expect(await client.ended(task)).toEqual({ status: 'COMPLETED', errors: [] });
  expect(await client.syncStatuses()).toEqual({ 'branch-1': 'IN_SYNC', 'branch-2': 'OUT_OF_SYNC' });
  expect(await hostOf('branch-1')).toBe('new');
});

it('the answer has status 200 and the id of a task', async () => {
  const reply = await client.send('POST', `/vnms/template/applyTemplate/${TEMPLATE}/devices`, {
    body: { 'versanms.templateRequest': { 'device-list': ['branch-1'], mode: 'merge', reboot: 'false' } },
  });
  expect(reply).toMatchObject({
    status: 200,
    body: { 'versanms.templateResponse': { taskId: expect.any(String), message: expect.any(String) } },
  });
});

it('the older form of the call has its options in the query', async () => {
  await edit('new');
  const body = await client.call(
    'POST',
    `/vnms/template/applyTemplate/${TEMPLATE}/devices?reboot=false&mode=overwrite`,
    { 'versanms.devices': { device: [{ name: 'branch-1' }, { name: 'branch-2' }] } },
  );
  await client.ended(textIn(body, 'versanms.templateResponse', 'taskId'));
  expect(await client.syncStatuses()).toEqual({ 'branch-1': 'IN_SYNC', 'branch-2': 'IN_SYNC' });
});

it('overwrite takes away what only the device has, merge leaves it', async () => {
  const device = '/api/config/devices/device/branch-1/config';
  await client.call('PUT', `${device}/local`, { local: { note: 'by hand' } });
  await edit('new');
  await client.ended(await startCommit(client, ['branch-1'], 'merge'));
  expect(await client.call('GET', `${device}/local`)).toEqual({ local: { note: 'by hand' } });
  expect(await hostOf('branch-1')).toBe('new');
  await client.ended(await startCommit(client, ['branch-1']));
  expect((await client.send('GET', `${device}/local`)).status).toBe(204);
});

it('what cannot be committed fails alone, and the task with it', async () => {
  await client.call('POST', WORKFLOWS, templateBody('lyon'));
  await client.call('POST', `${WORKFLOWS}/deploy/lyon`);
  await client.call('POST', '/nextgen/deviceGroup', groupBody('lyon-group', 'lyon'));
  const lyon = { deviceGroup: 'lyon-group', postStagingTemplateInfo: { templateName: 'lyon' } };
  await client.call('POST', DEVICE, deviceBody('branch-3', lyon));
  await client.ended(await startDeploy(client, 'branch-3'));
  await edit('new');
  const task = await startCommit(client, ['branch-1', 'branch-3', 'branch-9']);
  expect(await client.ended(task)).toEqual({
    status: 'FAILED',
    errors: ['branch-3: the device belongs to template lyon', 'branch-9: the device does not exist'],
  });
  expect(await client.syncStatuses()).toEqual({
    'branch-1': 'IN_SYNC',
    'branch-2': 'OUT_OF_SYNC',
    'branch-3': 'IN_SYNC',
  });
});

it.each([
  ['no device', 'POST', { 'versanms.templateRequest': { 'device-list': [] } }, 400],
  ['another mode', 'POST', { 'versanms.templateRequest': { 'device-list': ['a'], mode: 'replace' } }, 400],
])('refuses a commit with %s', async (_what, method, body, status) => {
  const path = `/vnms/template/applyTemplate/${TEMPLATE}/devices`;
  expect((await client.send(method, path, { body })).status).toBe(status);
});

it('does not know a template that is not there', async () => {
  const body = { 'versanms.templateRequest': { 'device-list': ['branch-1'] } };
  expect((await client.send('POST', '/vnms/template/applyTemplate/nothing/devices', { body })).status).toBe(
    404,
  );
});

describe('one commit of a template at a time', () => {
  it('the second waits and then takes its own time', async () => {
    const first = await startCommit(client, ['branch-1']);
    await client.advance(1500);
    const second = await startCommit(client, ['branch-2']);
    await client.advance(2500);
    expect([await statusOf(first), await statusOf(second)]).toEqual(['COMPLETED', 'IN_PROGRESS']);
    await client.advance(1500);
    expect(await client.ended(second)).toMatchObject({ status: 'COMPLETED' });
    const times = ['versa-tasks.end-time', 'versa-tasks.start-time'] as const;
    expect(textIn(await client.task(second), times[1])).toBe(textIn(await client.task(first), times[0]));
  });

  it('by choice the second fails instead', async () => {
    await client.configure({ commitLock: 'fail' });
    const first = await startCommit(client, ['branch-1']);
    const second = await startCommit(client, ['branch-2']);
    const task = await client.task(second);
    expect(at(task, 'versa-tasks.task-status')).toBe('FAILED');
    expect(at(task, 'versa-tasks.errormessage')).toEqual([
      {
        'versa-tasks.error-code': 'lock-denied',
        'versa-tasks.error-message': `${TEMPLATE} is locked by task ${first}`,
      },
    ]);
    expect(await client.ended(first)).toMatchObject({ status: 'COMPLETED' });
    expect(await client.ended(await startCommit(client, ['branch-2']))).toMatchObject({
      status: 'COMPLETED',
    });
  });

  it('meanwhile nobody edits the template', async () => {
    const task = await startCommit(client, ['branch-1']);
    const refused = await edit('new');
    expect(refused.status).toBe(409);
    expect(errorTag(refused)).toBe('lock-denied');
    expect((await client.send('PUT', WORKFLOWS, { body: templateBody() })).status).toBe(500);
    await client.ended(task);
    expect((await edit('new')).status).toBe(201);
  });

  it('a lock that a test takes is busy until the test gives it back', async () => {
    await client.mutate('template', TEMPLATE, { lockedBy: 'somebody' });
    expect(errorTag(await edit('new'))).toBe('lock-denied');
    const task = await startCommit(client, ['branch-1']);
    await client.advance(60_000);
    const waiting = await client.task(task);
    expect(at(waiting, 'versa-tasks.percentage-completion')).toBe(0);
    expect(at(waiting, 'versa-tasks.progressmessages', 'versa-tasks.progressmessage', 0)).toMatchObject({
      'versa-tasks.message': `Commit template ${TEMPLATE}: waiting for the template's lock`,
    });
    await client.mutate('template', TEMPLATE, { lockedBy: null });
    expect(await statusOf(task)).toBe('IN_PROGRESS');
    expect(await client.ended(task)).toMatchObject({ status: 'COMPLETED' });
  });
});

it('an edit by hand counts as one', async () => {
  await client.mutate('template', TEMPLATE, { config: { system: { host: 'drifted' } } });
  expect(await client.syncStatuses()).toMatchObject({ 'branch-1': 'OUT_OF_SYNC' });
  await client.call('GET', `/nextgen/deviceGroup/${GROUP}`);
});
