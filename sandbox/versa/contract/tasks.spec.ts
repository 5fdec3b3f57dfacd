import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient } from './director-client.js';
import {
  addSite,
  applianceNames,
  DEVICE,
  deviceBody,
  onboard,
  startCommit,
  startDeploy,
  taskIn,
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

const percentage = async (task: string): Promise<unknown> =>
  at(await client.task(task), 'versa-tasks.percentage-completion');
const deploy = async (name: string): Promise<string> => {
  await client.call('POST', DEVICE, deviceBody(name));
  return startDeploy(client, name);
};

const messages = (value: unknown): unknown =>
  at(value, 'versa-tasks.progressmessages', 'versa-tasks.progressmessage');

it('a task grows to its end on the sandbox’s clock', async () => {
  await client.configure({ taskMs: 1_000_000, taskPerDeviceMs: 1_000_000 });
  const task = await deploy('branch-1');
  expect(await client.task(task)).toMatchObject({
    'versa-tasks.id': task,
    'versa-tasks.task-name': 'Deploy device branch-1',
    'versa-tasks.task-status': 'IN_PROGRESS',
    'versa-tasks.percentage-completion': 0,
    'versa-tasks.start-time': expect.stringMatching(/Z$/),
    'versa-tasks.errormessage': [],
  });
  await client.advance(500_000);
  expect(await percentage(task)).toBe(25);
  await client.advance(1_499_000);
  expect(await percentage(task)).toBe(99);
  await client.advance(1000);
  expect(await client.task(task)).toMatchObject({
    'versa-tasks.task-status': 'COMPLETED',
    'versa-tasks.percentage-completion': 100,
  });
});

it('without ?deep only the last message is told', async () => {
  const task = await deploy('branch-1');
  await client.ended(task);
  expect(messages(await client.task(task))).toHaveLength(2);
  const short = at(await client.call('GET', `/vnms/tasks/task/${task}`), 'versa-tasks.task');
  expect(messages(short)).toMatchObject([{ 'versa-tasks.message': 'Deploy device branch-1: completed' }]);
});

it('the summary has the newest first, so that a lost task is found by its name', async () => {
  const first = await deploy('branch-1');
  const second = await deploy('branch-2');
  const summary = await client.call('GET', '/vnms/tasks/summary?limit=1');
  expect(at(summary, 'versa-tasks.tasks')).toMatchObject({
    totalCount: 2,
    'versa-tasks.task': [{ 'versa-tasks.id': second, 'versa-tasks.task-name': 'Deploy device branch-2' }],
  });
  expect(Number(second)).toBe(Number(first) + 1);
});

it('does not know the tasks of others', async () => {
  const task = await deploy('branch-1');
  const headers = { 'x-versa-organization': 'globex' };
  expect((await client.send('GET', `/vnms/tasks/task/${task}`, { headers })).status).toBe(404);
});

describe('faults of tasks', () => {
  it('fail the next deploy, which leaves nothing, and the one after it works', async () => {
    const fault = await client.order({
      operation: 'task:deploy',
      nth: 1,
      effect: 'status',
      message: 'no answer',
    });
    const task = await deploy('branch-1');
    expect(await client.ended(task)).toEqual({ status: 'FAILED', errors: ['no answer'] });
    expect(await applianceNames(client)).toEqual([]);
    expect(await client.steer('GET', `/faults/${fault}?waitMs=1000`)).toMatchObject({ fired: 1 });
    expect(await client.ended(await startDeploy(client, 'branch-1'))).toMatchObject({ status: 'COMPLETED' });
  });

  it('fail one device among those that a commit is for', async () => {
    await onboard(client, 'branch-1', 'branch-2', 'branch-3');
    await client.mutate('template', 'acme-paris', { config: {} });
    await client.order({ operation: 'task:commit:branch-2', effect: 'status', message: 'unreachable' });
    const task = await startCommit(client, ['branch-1', 'branch-2', 'branch-3']);
    expect(await client.ended(task)).toEqual({ status: 'FAILED', errors: ['branch-2: unreachable'] });
    expect(await client.syncStatuses()).toEqual({
      'branch-1': 'IN_SYNC',
      'branch-2': 'OUT_OF_SYNC',
      'branch-3': 'IN_SYNC',
    });
  });

  it('fail all devices of a task, without a name, where the Director does all or none', async () => {
    await client.configure({ taskFailures: 'task' });
    for (const name of ['branch-1', 'branch-2']) await client.call('POST', DEVICE, deviceBody(name));
    await client.order({ operation: 'task:deploy:branch-2', effect: 'status', message: 'no answer' });
    const body = { 'device-list': ['branch-1', 'branch-2'] };
    const reply = await client.send('POST', `${DEVICE}/bulkDeploy`, { body });
    expect(await client.ended(taskIn(reply))).toEqual({ status: 'FAILED', errors: ['no answer'] });
    expect(await applianceNames(client)).toEqual([]);
    expect(await client.ended(await startDeploy(client, 'branch-1'))).toMatchObject({ status: 'COMPLETED' });
  });

  it('reset_after: the device is there, though the task says that it failed', async () => {
    await client.order({ operation: 'task:deploy', effect: 'reset_after' });
    expect(await client.ended(await deploy('branch-1'))).toMatchObject({ status: 'FAILED' });
    expect(await applianceNames(client)).toEqual(['branch-1']);
  });

  it('delay: the task takes so much longer', async () => {
    await client.order({ operation: 'task:deploy', effect: 'delay', delayMs: 3_000_000 });
    const task = await deploy('branch-1');
    expect(await client.ended(task)).toMatchObject({ status: 'IN_PROGRESS' });
    await client.advance(3_000_000);
    expect(await percentage(task)).toBe(100);
  });

  it('hang: the task does not end until the fault is deleted', async () => {
    const fault = await client.order({ operation: 'task:deploy', effect: 'hang' });
    const task = await deploy('branch-1');
    await client.advance(1e9);
    expect(await percentage(task)).toBe(99);
    await client.steer('DELETE', `/faults/${fault}`);
    expect(await percentage(task)).toBe(100);
  });

  it('a rule for every call means calls alone', async () => {
    await client.call('POST', DEVICE, deviceBody('branch-1'));
    const fault = await client.order({ operation: '*', effect: 'status', nth: 2 });
    const task = await startDeploy(client, 'branch-1');
    expect((await client.send('GET', `/vnms/tasks/task/${task}`)).status).toBe(500);
    expect(await client.steer('GET', `/faults/${fault}`)).toMatchObject({ matched: 2, fired: 1 });
    expect(await client.ended(task)).toMatchObject({ status: 'COMPLETED' });
  });
});
