import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unmetered } from '../call-meter.js';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import {
  claimAction,
  createActionBatch,
  getActionBatch,
  removeAction,
  updateAction,
} from './action-batches.js';
import {
  claimDevices,
  listNetworkDevices,
  listOrganizationDevices,
  removeDevice,
  updateDevice,
} from './devices.js';
import { createNetwork, deleteNetwork, findNetwork, getNetwork, updateNetwork } from './networks.js';

interface Canned {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  text?: string;
}

/** Answers in the order in which they are given out, and what was asked for them. */
let answers: (Canned | 'hang' | 'reset')[] = [];
let asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let server: Server;
let connection: VendorConnection;
const signal = new AbortController().signal;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
  const answer = answers.shift() ?? {};
  if (answer === 'hang') return;
  if (answer === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const { status = 200, headers = {}, text = JSON.stringify(answer.body) } = answer;
  response.writeHead(status, headers).end(text);
}

beforeAll(async () => {
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  connection = {
    baseUrl: `http://127.0.0.1:${address.port}/api/v1`,
    accountId: '549236',
    credentials: { apiKey: 'canary-key' },
    meter: unmetered,
  };
});
beforeEach(() => {
  answers = [];
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no fault',
    (error: unknown) => (error instanceof VendorFaultError ? error.fault : error),
  );

const network = {
  id: 'N_1',
  organizationId: '549236',
  name: 'acme-paris',
  productTypes: ['switch'],
  timeZone: 'Europe/Paris',
  tags: [],
  notes: '',
};

it('sends the key as a bearer token and the body as JSON', async () => {
  answers = [{ status: 201, body: network }];
  const { id: _id, organizationId: _organization, ...draft } = network;
  expect(await createNetwork(connection, draft, signal)).toEqual(network);
  expect(asked).toMatchObject([
    {
      method: 'POST',
      url: '/api/v1/organizations/549236/networks',
      headers: { authorization: 'Bearer canary-key', 'content-type': 'application/json' },
      body: JSON.stringify(draft),
    },
  ]);
});

it('changes what it was given alone', async () => {
  answers = [{ body: { ...network, notes: 'moved' } }];
  expect(await updateNetwork(connection, 'N_1', { notes: 'moved' }, signal)).toMatchObject({
    notes: 'moved',
  });
  expect(asked).toMatchObject([{ method: 'PUT', url: '/api/v1/networks/N_1', body: '{"notes":"moved"}' }]);
});

it('names from elsewhere stay one part of the path', async () => {
  answers = [{ body: network }];
  await getNetwork(connection, '../organizations/1?x', signal);
  expect(asked[0]?.url).toBe('/api/v1/networks/..%2Forganizations%2F1%3Fx');
});

const device = (serial: string) => ({ serial, tags: [] });

describe('a list', () => {
  it('is followed to its end, at the account’s own address', async () => {
    const link = '<http://elsewhere.test/api/v1/x?perPage=1000&startingAfter=Q1>; rel=next';
    answers = [
      { headers: { link: `<http://elsewhere.test/x>; rel=first, ${link}` }, body: [device('Q1')] },
      { headers: { link: '<http://elsewhere.test/x?perPage=1000>; rel=first' }, body: [device('Q2')] },
    ];
    const found = await listOrganizationDevices(connection, { networkIds: ['N_1', 'N_2'] }, signal);
    expect(found.map(({ serial }) => serial)).toEqual(['Q1', 'Q2']);
    expect(asked.map(({ url }) => decodeURIComponent(url))).toEqual([
      '/api/v1/organizations/549236/devices?perPage=1000&networkIds[]=N_1&networkIds[]=N_2',
      '/api/v1/organizations/549236/devices?perPage=1000&startingAfter=Q1',
    ]);
  });

  it('of a network’s devices needs no page where the vendor gives all', async () => {
    answers = [{ body: [device('Q1'), device('Q2')] }];
    expect(await listNetworkDevices(connection, 'N_1', signal)).toHaveLength(2);
    expect(asked.map(({ url }) => url)).toEqual(['/api/v1/networks/N_1/devices']);
  });

  it('of networks is searched for a name here, the vendor filters by tag alone', async () => {
    answers = [{ body: [{ ...network, name: 'acme-paris-2' }, network] }];
    expect(await findNetwork(connection, { name: 'acme-paris', tag: 'sw' }, signal)).toEqual(network);
    expect(decodeURIComponent(asked[0]?.url ?? '')).toContain('?perPage=10000&tags[]=sw');
  });
});

describe('what is gone', () => {
  const gone = { status: 404, body: { errors: ['Not found'] } };

  it('is no error to whoever looks for it or wants it gone', async () => {
    answers = [gone, gone, gone, gone];
    expect(await getNetwork(connection, 'N_1', signal)).toBeUndefined();
    expect(await getActionBatch(connection, '7', signal)).toBeUndefined();
    await deleteNetwork(connection, 'N_1', signal);
    await removeDevice(connection, 'N_1', 'Q1', signal);
    expect(asked).toHaveLength(4);
  });

  it('is one to whoever wants to change it', async () => {
    answers = [gone];
    expect(await faultOf(updateDevice(connection, 'Q1', { name: 'x' }, signal))).toEqual({
      code: 'VENDOR_REJECTED',
      message: 'Not found',
      retryable: false,
    });
  });
});

it('a claim tells what could not be done, and understands an empty answer', async () => {
  const errors = [{ serial: 'Q2', errors: ['not found'] }];
  answers = [{ body: { serials: ['Q1'], errors } }, { text: '' }];
  const claim = { serials: ['Q1', 'Q2'], isAtomic: false };
  expect(await claimDevices(connection, 'N_1', claim, signal)).toEqual({ serials: ['Q1'], errors });
  expect(await claimDevices(connection, 'N_1', { serials: ['Q1'] }, signal)).toEqual({
    serials: ['Q1'],
    errors: [],
  });
  expect(asked.map(({ url }) => url)).toEqual([
    '/api/v1/networks/N_1/devices/claim?addAtomically=false',
    '/api/v1/networks/N_1/devices/claim',
  ]);
});

it('a batch is confirmed at once and carries its actions in order', async () => {
  const status = { completed: false, failed: false, errors: [] };
  answers = [{ status: 201, body: { id: '7', confirmed: true, status } }];
  const actions = [
    claimAction('N_1', ['Q1']),
    updateAction('Q1', { name: 'till' }),
    removeAction('N_1', 'Q2'),
  ];
  expect(await createActionBatch(connection, { actions }, signal)).toMatchObject({ id: '7', status });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    confirmed: true,
    synchronous: false,
    actions: [
      { resource: '/networks/N_1/devices/claim', operation: 'claim', body: { serials: ['Q1'] } },
      { resource: '/devices/Q1', operation: 'update', body: { name: 'till' } },
      { resource: '/networks/N_1/devices/remove', operation: 'remove', body: { serial: 'Q2' } },
    ],
  });
});

describe('a fault', () => {
  it('of the limit carries the time to wait, and nothing is tried twice', async () => {
    const errors = ['API rate limit exceeded for organization'];
    answers = [{ status: 429, headers: { 'retry-after': '3' }, body: { errors } }];
    expect(await faultOf(getNetwork(connection, 'N_1', signal))).toEqual({
      code: 'VENDOR_RATE_LIMITED',
      message: errors[0],
      retryable: true,
      retryAfterMs: 3000,
    });
    expect(asked).toHaveLength(1);
  });

  it.each<[string, Canned | 'reset', string]>([
    ['a broken connection', 'reset', 'getNetwork: connection error'],
    ['an answer that is cut off', { text: '{"id":"N_1","na' }, 'getNetwork: the answer could not be read'],
    ['an answer of another shape', { body: { id: 1 } }, 'getNetwork: the answer could not be read'],
    ['an answer that is empty', { text: '' }, 'getNetwork: the answer could not be read'],
  ])('of %s may be tried again', async (_what, answer, message) => {
    answers = [answer];
    const fault = await faultOf(getNetwork(connection, 'N_1', signal));
    expect(fault).toEqual({ code: 'VENDOR_UNAVAILABLE', message, retryable: true });
  });

  it('never holds the key', async () => {
    answers = ['reset', { status: 401, text: 'canary-key' }];
    const faults = [await faultOf(getNetwork(connection, 'N_1', signal))];
    faults.push(await faultOf(getNetwork(connection, 'N_1', signal)));
    expect(JSON.stringify(faults)).not.toContain('canary');
  });

  it('of the caller’s own giving up is the caller’s reason', async () => {
    answers = ['hang'];
    const controller = new AbortController();
    const call = getNetwork(connection, 'N_1', controller.signal);
    await expect.poll(() => asked.length).toBe(1);
    controller.abort(new Error('stopping'));
    await expect(call).rejects.toThrow('stopping');
  });
});
