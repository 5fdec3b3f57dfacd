import {
  StateConflict,
  StateFenced,
  StateLockLost,
  type RunGrant,
  type StateLockHolder,
  type StateStore,
} from '@app/ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { RunTokens, type RunAccess } from './run-tokens.js';
import { answerBackend } from './state-backend.handler.js';

const grant: RunGrant = {
  customerId: 'customer',
  resourceId: 'site-1',
  operationId: 'operation',
  workerId: 'worker',
  fencingToken: 3,
};
const lockInfo = Buffer.from(
  JSON.stringify({ ID: 'lock-1', Operation: 'OperationTypeApply', Who: 'worker' }),
);

/** One state, one lock, and a fault to throw. */
class FakeStore implements StateStore {
  content: Buffer | undefined;
  holder: StateLockHolder | undefined;
  fault: Error | undefined;
  reads = 0;
  lockId: string | undefined;

  read = async () => {
    this.reads += 1;
    return this.answer(this.content);
  };
  write = async (_grant: RunGrant, lockId: string | undefined, content: Buffer) => {
    this.lockId = lockId;
    this.content = this.answer(content);
  };
  lock = async () => this.answer(this.holder);
  unlock = async () => this.answer(true);
  quarantine = async () => undefined;
  resources = async () => [];

  private answer<T>(value: T): T {
    if (this.fault !== undefined) throw this.fault;
    return value;
  }
}

let store: FakeStore;
let tokens: RunTokens;
let access: RunAccess;
beforeEach(() => {
  store = new FakeStore();
  tokens = new RunTokens();
  access = tokens.issue(grant);
});

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const ask = (
  method: string,
  { body = '', url = access.path, authorization = basic(access.username, access.password) } = {},
) => answerBackend(store, { method, url, session: tokens.find(authorization), body: Buffer.from(body) });

describe("Terraform's state backend", () => {
  it('answers 204 while there is no state, and then the state as it was stored', async () => {
    expect(await ask('GET')).toEqual({ status: 204 });
    expect(await ask('LOCK', { body: lockInfo.toString() })).toEqual({ status: 200 });
    expect(await ask('POST', { url: `${access.path}?ID=lock-1`, body: '{"serial":1}' })).toEqual({
      status: 200,
    });
    expect(store.lockId).toBe('lock-1');
    expect(await ask('GET')).toMatchObject({ status: 200, body: Buffer.from('{"serial":1}') });
    expect(await ask('UNLOCK', { body: lockInfo.toString() })).toEqual({ status: 200 });
  });

  it('reads once under a lock, and anew after it', async () => {
    store.content = Buffer.from('{"serial":1}');
    await ask('GET');
    await ask('GET');
    expect(store.reads).toBe(2);
    await ask('LOCK', { body: lockInfo.toString() });
    await ask('GET');
    await ask('GET');
    expect(store.reads).toBe(3);
    await ask('POST', { body: '{"serial":2}' });
    expect(await ask('GET')).toMatchObject({ body: Buffer.from('{"serial":2}') });
    expect(store.reads).toBe(3);
    await ask('UNLOCK', { body: lockInfo.toString() });
    await ask('GET');
    expect(store.reads).toBe(4);
  });

  it.each([
    ['no token', undefined],
    ['an unknown token', basic('run', 'guessed')],
    ['another scheme', 'Bearer abc'],
    ['nonsense', 'Basic'],
  ])('answers 401 to %s', async (_what, authorization) => {
    const answer = await answerBackend(store, {
      method: 'GET',
      url: access.path,
      session: tokens.find(authorization),
      body: Buffer.alloc(0),
    });
    expect(answer.status).toBe(401);
    expect(store.reads).toBe(0);
  });

  it('answers 401 to the token of a run that has ended', async () => {
    tokens.revoke(access);
    expect((await ask('GET')).status).toBe(401);
  });

  it.each(['GET', 'POST', 'LOCK', 'UNLOCK'])("answers 403 to %s of another run's state", async (method) => {
    const other = tokens.issue({ ...grant, resourceId: 'site-2' });
    expect((await ask(method, { url: other.path, body: lockInfo.toString() })).status).toBe(403);
    expect(store.content).toBeUndefined();
  });

  it.each([
    ['a stale fencing token', new StateFenced()],
    ['a state that does not follow', new StateConflict('serial 1 after 2')],
    ['a lock that was lost', new StateLockLost()],
  ])('answers 409 to %s', async (_what, fault) => {
    store.fault = fault;
    expect((await ask('POST', { body: '{"serial":1}' })).status).toBe(409);
  });

  it('answers 423 with the holder when somebody else has the lock', async () => {
    store.holder = {
      lockId: 'theirs',
      operationId: 'other',
      workerId: 'other',
      lockedAt: new Date(0),
      info: { ID: 'theirs', Who: 'another worker' },
    };
    const answer = await ask('LOCK', { body: lockInfo.toString() });
    expect(answer.status).toBe(423);
    expect(JSON.parse(String(answer.body))).toEqual({ ID: 'theirs', Who: 'another worker' });
  });

  it.each(['LOCK', 'UNLOCK'])('answers 400 to a %s that names no lock', async (method) => {
    for (const body of ['', '{}', '[]', 'not JSON']) expect((await ask(method, { body })).status).toBe(400);
  });

  it.each(['DELETE', 'PUT', 'PATCH'])('does not know %s', async (method) => {
    expect((await ask(method)).status).toBe(405);
  });

  it('lets faults of the database out, and does not answer from memory afterwards', async () => {
    store.content = Buffer.from('{"serial":1}');
    await ask('LOCK', { body: lockInfo.toString() });
    await ask('GET');
    store.fault = new Error('connection refused');
    await expect(ask('POST', { body: '{"serial":2}' })).rejects.toThrow('connection refused');
    store.fault = undefined;
    await ask('GET');
    expect(store.reads).toBe(2);
  });

  it('shows an init an empty state that it cannot write', async () => {
    access = tokens.issue(undefined);
    expect(await ask('GET')).toEqual({ status: 204 });
    for (const method of ['POST', 'LOCK', 'UNLOCK']) expect((await ask(method)).status).toBe(403);
  });
});
