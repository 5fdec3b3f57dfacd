import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { lookupVariables } from './documents.js';
import { ACCOUNT, addSite, at, SandboxClient, type Reply } from './sandbox-client.js';

let now = 1_700_000_000_000;
let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start({ realNow: () => now });
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const lookup = (account = ACCOUNT, token = 'any'): Promise<Reply> =>
  client.send('entityLookup', lookupVariables({ type: 'site' }), { account, token });

const isRefused = async (): Promise<boolean> => at((await lookup()).body, 'errors') !== undefined;

/** Makes the calls of one minute's budget and counts those that were let through. */
async function useUp(): Promise<number> {
  let admitted = 0;
  for (let call = 0; call < 30; call += 1) admitted += (await isRefused()) ? 0 : 1;
  return admitted;
}

it('refuses the 31st lookup of a minute with an error in status 200, whatever token it comes with', async () => {
  await useUp();
  const { status, body } = await lookup(ACCOUNT, 'another-token');
  expect(status).toBe(200);
  expect(body).toEqual({
    errors: [{ message: 'rate limit for operation: entityLookup', path: ['entityLookup'] }],
    data: null,
  });
  expect(await client.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`)).toMatchObject({
    total: 31,
    refused: 1,
    operations: { entityLookup: { calls: 30, refused: 1 } },
  });
});

it('counts per account and per operation', async () => {
  await useUp();
  expect(await isRefused()).toBe(true);
  expect(at((await lookup('2000')).body, 'data')).not.toBeNull();
  expect(await addSite(client, 'acme-paris')).toMatch(/^\d+$/);
});

it('slides, and counts refused calls as well', async () => {
  await useUp();
  now += 59_999;
  expect(await isRefused()).toBe(true);
  now += 1;
  expect(await useUp()).toBe(29);
});

it('answers 429 with the real seconds to wait in the other mode', async () => {
  await client.steer('POST', '/settings', { vendor: 'cato', rateLimitMode: 'http' });
  await client.steer('POST', '/clock', { scale: 10 });
  await useUp();
  const { status, headers, body } = await lookup();
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('6');
  expect(at(body, 'errors', 0, 'message')).toContain('rate limit');
});

it('a faster clock makes a minute pass in a second, and time can be moved', async () => {
  await client.steer('POST', '/clock', { scale: 60 });
  await useUp();
  expect(await isRefused()).toBe(true);
  now += 1000;
  expect(await useUp()).toBe(30);
  await client.steer('POST', '/clock', { advanceMs: 60_000 });
  expect(await useUp()).toBe(30);
});

it('keeps the long window of lookups: 1500 in five hours', async () => {
  for (let minute = 0; minute < 50; minute += 1) {
    await useUp();
    now += 60_000;
  }
  expect(at((await lookup()).body, 'errors', 0, 'message')).toBe('rate limit for operation: entityLookup');
  now += 5 * 3_600_000;
  expect(await isRefused()).toBe(false);
}, 30_000);

const remove = (): Promise<Reply> => client.send('siteRemoveSite', { siteId: '1' });

it('allows 120 calls a minute of an operation without a limit of its own', async () => {
  for (let call = 0; call < 120; call += 1) {
    expect(at((await remove()).body, 'errors', 0, 'message')).toContain('is not found');
  }
  expect(at((await remove()).body, 'errors', 0)).toEqual({
    message: 'rate limit for operation: removeSite',
    path: ['site', 'removeSite'],
  });
});

it('can be switched off', async () => {
  await client.steer('POST', '/settings', { vendor: 'cato', rateLimits: false });
  await useUp();
  expect(await useUp()).toBe(30);
});
