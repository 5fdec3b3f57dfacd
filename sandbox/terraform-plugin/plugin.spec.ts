import type { ServerHttp2Session } from 'node:http2';

import { credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { errorDiagnostic } from './diagnostics.js';
import { createGrpcServer } from './grpc-server.js';
import { openPluginConnection } from './plugin-connection.js';
import type { Provider } from './provider.js';
import type { PluginAnswer } from './testing/plugin-client.js';
import { dynamic, PluginClient, valueOf } from './testing/plugin-client.js';
import type { ObjectValue } from './values.js';
import { UNKNOWN } from './values.js';

interface Client {
  readonly token: string;
}

const ITEM = { id: UNKNOWN, name: 'a' };
const ITEM_CONFIG = { id: null, name: 'a' };

let create: (client: Client, signal: AbortSignal) => Promise<ObjectValue | null>;

const provider: Provider<Client> = {
  address: 'example.com/acme/things',
  schema: { token: { type: 'string', required: true, sensitive: true } },
  resources: {
    thing: {
      schema: {
        id: { type: 'string', computed: true, stable: true },
        name: { type: 'string', required: true, oneOf: ['a', 'b'] },
      },
      create: async ({ client, signal }, planned) => ({
        state: { ...planned, ...(await create(client, signal)) },
      }),
      read: (_call, state) => Promise.resolve({ state: state['name'] === 'gone' ? null : state }),
      update: (_call, _planned, prior) =>
        Promise.resolve({ state: prior, diagnostics: [errorDiagnostic('No', 'not now', ['items', 1])] }),
      delete: () => Promise.resolve({ state: null }),
      importState: (id) => ({ id, name: null }),
    },
  },
  configure: (config) =>
    Promise.resolve({
      client: { token: typeof config['token'] === 'string' ? config['token'] : 'none' },
      diagnostics: [],
    }),
};

describe('a plugin, called by another gRPC library', () => {
  let running: ReturnType<typeof createGrpcServer>;
  let sessions: ServerHttp2Session[];
  let client: PluginClient;
  const connect = (): PluginClient => {
    const address = running.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return new PluginClient(`127.0.0.1:${port}`, credentials.createInsecure());
  };

  beforeEach(async () => {
    create = ({ token }) => Promise.resolve({ id: `made with ${token}` });
    running = createGrpcServer(() => openPluginConnection(provider, () => undefined));
    sessions = [];
    running.on('session', (session: ServerHttp2Session) => sessions.push(session));
    await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
    client = connect();
  });

  afterEach(async () => {
    client.close();
    await new Promise((resolve) => running.close(resolve));
  });

  it('tells its schema', async () => {
    const schema = await client.call('GetProviderSchema');
    expect(schema).toMatchObject({
      provider: { block: { attributes: [{ name: 'token', required: true, sensitive: true }] } },
      resource_schemas: {
        thing: { block: { attributes: [{ name: 'id', computed: true }, { name: 'name' }] } },
      },
      server_capabilities: { plan_destroy: true, get_provider_schema_optional: true },
    });
  });

  it('validates, upgrades and plans', async () => {
    const invalid = await client.call('ValidateResourceConfig', {
      type_name: 'thing',
      config: dynamic({ id: null, name: 'c' }),
    });
    expect(invalid.diagnostics).toMatchObject([
      { severity: 'ERROR', attribute: { steps: [{ attribute_name: 'name' }] } },
    ]);
    const upgraded = await client.call('UpgradeResourceState', {
      type_name: 'thing',
      raw_state: { json: Buffer.from('{"id":"1","old":true}') },
    });
    expect(valueOf(upgraded.upgraded_state)).toEqual({ id: '1', name: null });
    const plan = await client.call('PlanResourceChange', {
      type_name: 'thing',
      prior_state: dynamic(null),
      proposed_new_state: dynamic(ITEM_CONFIG),
      config: dynamic(ITEM_CONFIG),
      prior_private: Buffer.from('kept'),
    });
    expect(valueOf(plan.planned_state)).toEqual(ITEM);
    expect(String(plan.planned_private)).toBe('kept');
  });

  it('plans the destruction of an object as null', async () => {
    const plan = await client.call('PlanResourceChange', {
      type_name: 'thing',
      prior_state: dynamic({ id: '1', name: 'a' }),
      proposed_new_state: dynamic(null),
      config: dynamic(null),
    });
    expect(valueOf(plan.planned_state)).toBeNull();
  });

  it('creates, reads, imports and reports what went wrong', async () => {
    await configure(client, 'token-1');
    const created = await apply(client, { planned_state: dynamic(ITEM) });
    expect(valueOf(created.new_state)).toEqual({ id: 'made with token-1', name: 'a' });
    const failed = await apply(client, {
      prior_state: dynamic({ id: '1', name: 'a' }),
      planned_state: dynamic(ITEM),
    });
    expect(valueOf(failed.new_state)).toEqual({ id: '1', name: 'a' });
    expect(failed.diagnostics).toMatchObject([
      {
        summary: 'No',
        attribute: { steps: [{ attribute_name: 'items' }, { element_key_int: expect.anything() }] },
      },
    ]);
    const gone = await client.call('ReadResource', {
      type_name: 'thing',
      current_state: dynamic({ id: '1', name: 'gone' }),
    });
    expect(valueOf(gone.new_state)).toBeNull();
    const imported = await client.call('ImportResourceState', { type_name: 'thing', id: '7' });
    expect(valueOf(imported.imported_resources?.[0]?.state)).toEqual({ id: '7', name: null });
  });

  it('keeps the configuration of one connection from every other', async () => {
    const other = connect();
    await configure(client, 'token-1');
    const unconfigured = await apply(other, { planned_state: dynamic(ITEM) });
    expect(unconfigured.diagnostics).toMatchObject([{ summary: 'Unconfigured provider' }]);

    await configure(other, 'token-2');
    const [first, second] = await Promise.all(
      [client, other].map((target) => apply(target, { planned_state: dynamic(ITEM) })),
    );
    expect(valueOf(first?.new_state)).toMatchObject({ id: 'made with token-1' });
    expect(valueOf(second?.new_state)).toMatchObject({ id: 'made with token-2' });
    other.close();
  });

  it('cancels what is under way when it is told to stop, and goes on afterwards', async () => {
    await configure(client, 'token-1');
    const started = Promise.withResolvers<void>();
    create = (_client, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ id: 'stopped' }));
        started.resolve();
      });
    const interrupted = apply(client, { planned_state: dynamic(ITEM) });
    await started.promise;
    await client.call('StopProvider');
    expect(valueOf((await interrupted).new_state)).toMatchObject({ id: 'stopped' });

    create = (_client, signal) => Promise.resolve({ id: signal.aborted ? 'stopped' : 'made' });
    expect(valueOf((await apply(client, { planned_state: dynamic(ITEM) })).new_state)).toMatchObject({
      id: 'made',
    });
  });

  it('cancels what is under way when its caller goes away', async () => {
    const caller = connect();
    await configure(caller, 'token-1');
    const cancelled = new Promise<void>((resolve) => {
      create = (_client, signal) => {
        signal.addEventListener('abort', () => resolve());
        sessions.at(-1)?.destroy();
        return new Promise(() => undefined);
      };
    });
    await Promise.all([
      cancelled,
      expect(apply(caller, { planned_state: dynamic(ITEM) })).rejects.toMatchObject({
        code: status.UNAVAILABLE,
      }),
    ]);
    caller.close();
  });

  it('answers a fault of its own as a plugin that crashed', async () => {
    await configure(client, 'token-1');
    create = () => Promise.reject(new TypeError('nil pointer'));
    await expect(apply(client, { planned_state: dynamic(ITEM) })).rejects.toMatchObject({
      code: status.UNAVAILABLE,
    });
  });

  it('refuses a method that it does not have', async () => {
    await expect(client.call('GetFunctions')).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

function configure(client: PluginClient, token: string): Promise<PluginAnswer> {
  return client.call('ConfigureProvider', { config: dynamic({ token }) });
}

function apply(client: PluginClient, request: Readonly<Record<string, unknown>>): Promise<PluginAnswer> {
  return client.call('ApplyResourceChange', { type_name: 'thing', prior_state: dynamic(null), ...request });
}
