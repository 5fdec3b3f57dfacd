import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, siteInput, textAt, type Reply } from './sandbox-client.js';

let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const order = async (rule: Record<string, unknown>): Promise<string> =>
  textAt(
    await client.steer('POST', '/faults', { vendor: 'cato', operation: 'addIpsecIkeV2Site', ...rule }),
    'id',
  );
const add = (name: string, signal?: AbortSignal): Promise<Reply> =>
  client.send('siteAddIpsecIkeV2Site', { addIpsecIkeV2SiteInput: siteInput(name) }, signal ? { signal } : {});
const failureOf = (reply: Promise<Reply>): Promise<string> =>
  reply.then(
    ({ status }) => `answered with ${status}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const storedNames = async (): Promise<unknown> => {
  const sites = at(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`), 'objects', 'sites');
  return Array.isArray(sites) ? sites.map((site: unknown) => at(site, 'name')) : sites;
};

describe('effects', () => {
  it('status: an HTTP failure instead of the call', async () => {
    await order({ effect: 'status', status: 503, message: 'try later' });
    const { status, body } = await add('a');
    expect(status).toBe(503);
    expect(at(body, 'errors', 0, 'message')).toBe('try later');
    expect(await storedNames()).toEqual([]);
  });

  it('graphql_error: trouble in status 200', async () => {
    await order({ effect: 'graphql_error' });
    const { status, body } = await add('a');
    expect(status).toBe(200);
    expect(body).toEqual({
      errors: [{ message: 'Internal server\n', path: ['addIpsecIkeV2Site'] }],
      data: null,
    });
    expect(await storedNames()).toEqual([]);
  });

  it('reset_before: the connection breaks and nothing is stored', async () => {
    await order({ effect: 'reset_before' });
    await expect(add('a')).rejects.toThrow('fetch failed');
    expect(await storedNames()).toEqual([]);
  });

  it('reset_after: the connection breaks, but the site is stored', async () => {
    await order({ effect: 'reset_after' });
    await expect(add('a')).rejects.toThrow('fetch failed');
    expect(await storedNames()).toEqual(['a']);
  });

  it('malformed: stored, and the answer is cut off', async () => {
    await order({ effect: 'malformed' });
    await expect(add('a')).rejects.toThrow(SyntaxError);
    expect(await storedNames()).toEqual(['a']);
  });

  it('delay: late, but right', async () => {
    await order({ effect: 'delay', delayMs: 30 });
    const before = performance.now();
    await addSite(client, 'a');
    expect(performance.now() - before).toBeGreaterThan(25);
  });

  it.each([
    ['hang', []],
    ['hang_after', ['a']],
  ])(
    '%s: no answer until the fault is deleted, and a test can await that it fired',
    async (effect, stored) => {
      const id = await order({ effect });
      expect(await client.steer('GET', `/faults/${id}`)).toMatchObject({ fired: 0, holding: 0 });
      const outcome = failureOf(add('a'));
      expect(await client.steer('GET', `/faults/${id}?waitMs=10000`)).toMatchObject({ fired: 1, holding: 1 });
      expect(await storedNames()).toEqual(stored);
      await client.steer('DELETE', `/faults/${id}`);
      await outcome;
      expect((await client.admin('GET', `/faults/${id}`)).status).toBe(404);
    },
  );

  it('hang: a client that gives up is held no longer', async () => {
    const id = await order({ effect: 'hang' });
    const gone = new AbortController();
    const outcome = failureOf(add('a', gone.signal));
    await client.steer('GET', `/faults/${id}?waitMs=10000`);
    gone.abort();
    expect(await outcome).toContain('aborted');
    await expect.poll(async () => at(await client.steer('GET', `/faults/${id}`), 'holding')).toBe(0);
  });
});

async function statusesOfSeededFaults(): Promise<number[]> {
  const id = await order({ effect: 'status', probability: 0.5, seed: 42 });
  const statuses: number[] = [];
  for (let call = 0; call < 20; call += 1) statuses.push((await add(`site-${call}`)).status);
  await client.steer('DELETE', `/faults/${id}`);
  return statuses;
}

describe('rules', () => {
  it('nth hits one call and lets the others through', async () => {
    await order({ effect: 'status', nth: 2 });
    expect((await add('a')).status).toBe(200);
    expect((await add('b')).status).toBe(500);
    expect((await add('c')).status).toBe(200);
  });

  it('times ends a rule, account and operation narrow it, * widens it', async () => {
    const first = await order({ effect: 'status', times: 1 });
    await order({ effect: 'status', account: '2000' });
    await order({ effect: 'status', operation: 'removeSite' });
    expect((await add('a')).status).toBe(500);
    expect((await add('a')).status).toBe(200);
    expect(await client.steer('GET', `/faults/${first}`)).toMatchObject({ matched: 2, fired: 1 });
    await client.steer('DELETE', '/faults');
    await order({ effect: 'status', operation: '*', nth: 2 });
    expect((await client.send('siteRemoveSite', { siteId: '1' })).status).toBe(200);
    expect((await add('b')).status).toBe(500);
  });

  it('the same seed hits the same calls again', async () => {
    const first = await statusesOfSeededFaults();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await statusesOfSeededFaults()).toEqual(first);
  });

  it('a call that a limit refuses reaches no fault', async () => {
    const id = await order({ operation: 'removeSite', effect: 'delay' });
    for (let call = 0; call < 121; call += 1) await client.send('siteRemoveSite', { siteId: '1' });
    expect(await client.steer('GET', `/faults/${id}`)).toMatchObject({ matched: 120 });
  });
});

it('a test can await the nth call of an operation', async () => {
  const arrived = client.steer(
    'GET',
    '/calls?vendor=cato&operation=addIpsecIkeV2Site&atLeast=2&waitMs=10000',
  );
  await addSite(client, 'a');
  await addSite(client, 'b');
  expect(at(await arrived, 'operations', 'addIpsecIkeV2Site', 'calls')).toBe(2);
  const before = performance.now();
  await client.steer('GET', '/calls?vendor=cato&atLeast=99&waitMs=20');
  expect(performance.now() - before).toBeGreaterThan(15);
});

it('latency is added to the operation it was set for, until it is set to zero', async () => {
  const timed = async (name: string): Promise<number> => {
    const before = performance.now();
    await addSite(client, name);
    return performance.now() - before;
  };
  await client.steer('POST', '/latency', {
    vendor: 'cato',
    operation: 'addIpsecIkeV2Site',
    p50Ms: 60,
    p99Ms: 60,
  });
  expect(await timed('a')).toBeGreaterThan(55);
  await client.steer('POST', '/latency', { vendor: 'cato', operation: 'addIpsecIkeV2Site', p50Ms: 0 });
  expect(await timed('b')).toBeLessThan(55);
});
