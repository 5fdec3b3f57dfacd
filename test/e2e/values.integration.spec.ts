import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEndToEnd, siteBody, tunnelBody, vendorObjects, type EndToEnd } from './e2e-fixture.js';

const NASTY = [
  '${path.root} ${1+1}',
  '%{if true}yes%{endif}',
  'quote " backslash \\ apostrophe \'',
  'line\nbreak\ttab',
  'é ß 漢字 🙂',
  '$${literal} %%{literal} ${file("/etc/passwd")}',
];

describe('values', () => {
  let system: EndToEnd;
  beforeAll(async () => {
    system = await openEndToEnd({ executorEnv: { LOG_LEVEL: 'debug' } });
  });
  afterAll(() => system.close());

  it.each(NASTY.map((value, at) => [value, at] as const))(
    '%j arrives at the vendor as typed',
    async (value, at) => {
      const account = String(4000 + at);
      await system.client.addCustomer(`typed-${at}`, { accountId: account, token: 'any-token' });
      const path = `/v1/customers/typed-${at}/sites/s`;
      const psk = `${value}-psk-long-enough`;
      const operation = await system.client.run('PUT', path, {
        body: siteBody({
          description: value,
          location: { countryCode: 'FR', timezone: 'Europe/Paris', city: value.slice(0, 100) },
          tunnels: [tunnelBody('t', 20, { psk, bgp: { peerAsn: 65_020, md5AuthKey: value } })],
        }),
      });
      expect(operation).toMatchObject({ status: 'succeeded' });
      const { sites, bgpPeers } = await vendorObjects(system.stack, account);
      expect(sites[0]?.description.startsWith(`${value} [sw:`)).toBe(true);
      expect(sites[0]?.primary?.tunnels[0]?.psk).toBe(psk);
      expect(bgpPeers[0]).toMatchObject({ md5AuthKey: value });
      expect((await system.client.call('GET', path)).body).toMatchObject({
        spec: { description: value, tunnels: [{ psk: null, bgp: { md5AuthKey: null } }] },
      });
    },
  );

  it('secrets are nowhere but at the vendor: no table, log, message, error or file holds them', async () => {
    const canaries = ['canary-psk-first', 'canary-psk-second', 'canary-md5-key', 'canary-vendor-token'];
    const [first, second, md5AuthKey, token] = canaries;
    await system.client.addCustomer('canary', { accountId: '4100', token: token ?? '' });
    const path = '/v1/customers/canary/sites/s';
    const body = (psk: string | undefined) =>
      siteBody({ tunnels: [tunnelBody('t', 20, { psk, bgp: { peerAsn: 65_020, md5AuthKey } })] });
    const answers = [await system.client.call('PUT', path, { body: body(first) })];
    const created = await system.client.settled(
      String(answers[0]?.headers.get('location')?.split('/').at(-1)),
    );
    expect(created.status).toBe('succeeded');
    // An error at the vendor quotes the whole request, PSK included, into Terraform's output.
    await system.stack.admin('POST', '/faults', {
      vendor: 'cato',
      account: '4100',
      operation: 'updateIpsecIkeV2SiteTunnels',
      effect: 'status',
      status: 422,
      message: 'input: the tunnel is not valid',
    });
    const refused = await system.client.run('PUT', path, { body: body(second) });
    expect(refused).toMatchObject({ status: 'failed', error: { code: 'VENDOR_REJECTED', retryable: false } });
    expect(refused.error?.message).toContain('the tunnel is not valid');
    for (const address of [
      path,
      `/v1/operations/${refused.id}`,
      '/v1/operations',
      '/v1/customers/canary/vendor-accounts/cato',
    ]) {
      answers.push(await system.client.call('GET', address));
    }
    const places = new Map<string, string>([
      ['answers', JSON.stringify(answers.map(({ body: answer }) => answer))],
    ]);
    const tables = await system.database.rows<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const rows = await system.database.rows<{ row: string }>(
        `select "${name}"::text as row from "${name}"`,
      );
      const text = rows.map(({ row }) => row).join('\n');
      const bytes = [...text.matchAll(/\\\\x([0-9a-f]+)/g)].map(([, hex]) =>
        Buffer.from(hex ?? '', 'hex').toString('latin1'),
      );
      places.set(`table ${name}`, text + bytes.join('\n'));
    }
    for (const file of readdirSync(system.stack.logDirectory)) {
      places.set(`log ${file}`, readFileSync(join(system.stack.logDirectory, file), 'utf8'));
    }
    const found = [...places].flatMap(([place, text]) =>
      canaries.filter((canary) => text.includes(canary)).map((canary) => `${canary} in ${place}`),
    );
    expect(found).toEqual([]);
    expect([...places.keys()]).toEqual(
      expect.arrayContaining(['table state_version', 'table operation_event', 'table outbox']),
    );
  });

  it('no run folder is left, and the executor’s folder is for its own eyes', () => {
    const folders = readdirSync(system.stack.workDirectory, { recursive: true, withFileTypes: true });
    expect(folders.filter(({ name }) => name.includes('tfvars') || name === 'errored.tfstate')).toEqual([]);
    expect(statSync(system.stack.workDirectory).mode & 0o077).toBe(0);
  });
});
