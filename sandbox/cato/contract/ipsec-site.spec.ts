import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, siteInput, textAt } from './sandbox-client.js';

let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const tunnel = (number: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  psk: `psk-${number}`,
  publicSiteIp: `203.0.113.${number}`,
  privateSiteIp: `169.254.${number}.2`,
  privateCatoIp: `169.254.${number}.1`,
  lastMileBw: { downstream: 100, upstream: 50 },
  ...more,
});

const addTunnels = (siteId: string, input: unknown): Promise<unknown> =>
  client.call('siteAddIpsecIkeV2SiteTunnels', { siteId, addIpsecIkeV2SiteTunnelsInput: input });

const updateTunnels = (siteId: string, input: unknown): Promise<unknown> =>
  client.call('siteUpdateIpsecIkeV2SiteTunnels', { siteId, updateIpsecIkeV2SiteTunnelsInput: input });

const storedSite = async (): Promise<unknown> =>
  at(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`), 'objects', 'sites', 0);

describe('the calls of one site, as the Terraform provider makes them', () => {
  it('creates a site, its range, details and tunnels and finds all of it again', async () => {
    const siteId = await addSite(client, 'acme-paris');
    const parent = { id: siteId, type: 'site', name: null };
    const ranges = at(await client.lookup({ type: 'siteRange', parent }), 'entityLookup', 'items');
    const rangeId = textAt(ranges, 0, 'entity', 'id');
    expect(textAt(ranges, 0, 'entity', 'name').split(' \\ ')).toEqual([
      'acme-paris',
      'Default',
      'Native Range',
    ]);
    expect(at(ranges, 0, 'helperFields', 'subnet')).toBe('10.20.0.0/24');
    expect(Buffer.from(rangeId, 'base64').toString()).toMatch(/^N\d+$/);

    await expect(
      client.call('siteUpdateIpsecIkeV2SiteGeneralDetails', {
        siteId,
        updateIpsecIkeV2SiteGeneralDetailsInput: {},
      }),
    ).resolves.toEqual({ site: { updateIpsecIkeV2SiteGeneralDetails: { siteId, localId: null } } });

    await expect(
      addTunnels(siteId, {
        primary: { publicCatoIpId: '30001', tunnels: [tunnel(1), tunnel(2)] },
        secondary: { tunnels: [tunnel(3)] },
      }),
    ).resolves.toEqual({
      site: {
        addIpsecIkeV2SiteTunnels: {
          siteId,
          primaryAddIpsecIkeV2SiteTunnelsPayload: {
            fqdn: null,
            tunnels: [
              { tunnelIdAddIpsecIkeV2SiteTunnelPayload: 'PRIMARY1', localId: null },
              { tunnelIdAddIpsecIkeV2SiteTunnelPayload: 'PRIMARY2', localId: null },
            ],
          },
          secondaryAddIpsecIkeV2SiteTunnelsPayload: {
            fqdn: null,
            tunnels: [{ tunnelIdAddIpsecIkeV2SiteTunnelPayload: 'SECONDARY1', localId: null }],
          },
        },
      },
    });

    const sites = await client.lookup({ type: 'site', entityIDs: [siteId] });
    expect(sites).toMatchObject({
      entityLookup: {
        items: [
          {
            entity: { id: siteId, name: 'acme-paris', type: 'site' },
            description: 'site acme-paris',
            helperFields: {
              type: 'BRANCH',
              description: 'site acme-paris',
              isHA: 'false',
              operationalStatus: 'active',
            },
          },
        ],
        total: 1,
      },
    });
    const snapshot = await client.call('accountSnapshot', { siteIDs: [siteId], userIDs: [] });
    expect(at(snapshot, 'accountSnapshot', 'sites')).toMatchObject([
      {
        id: siteId,
        infoSiteSnapshot: { countryCode: 'FR', countryStateName: null, cityName: null, sockets: [] },
      },
    ]);
    const interfaces = await client.lookup({ type: 'networkInterface', parent });
    expect(at(interfaces, 'entityLookup', 'items')).toMatchObject([
      {
        entity: { name: 'acme-paris \\ Default' },
        helperFields: { siteId, isDefault: true, subnet: '10.20.0.0/24' },
      },
    ]);
    expect(textAt(interfaces, 'entityLookup', 'items', 0, 'entity', 'id')).toMatch(/^\d+$/);

    const calls = await client.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}&recent=true`);
    const recent = at(calls, 'accounts', 0, 'recent');
    expect(Array.isArray(recent) && recent.map((call: unknown) => at(call, 'document'))).toEqual([
      'siteAddIpsecIkeV2Site',
      'entityLookup',
      'siteUpdateIpsecIkeV2SiteGeneralDetails',
      'siteAddIpsecIkeV2SiteTunnels',
      'entityLookup',
      'accountSnapshot',
      'entityLookup',
    ]);
    expect(at(calls, 'operations', 'entityLookup')).toEqual({ calls: 3, refused: 0, rejected: 0 });
  });

  it('updates name, description, place and range, and what is named after the site follows', async () => {
    const siteId = await addSite(client, 'acme-paris');
    const parent = { id: siteId, type: 'site' };
    const networkRangeId = textAt(
      await client.lookup({ type: 'siteRange', parent }),
      'entityLookup',
      'items',
      0,
      'entity',
      'id',
    );
    await client.call('siteUpdateSiteGeneralDetails', {
      siteId,
      updateSiteGeneralDetailsInput: {
        name: 'acme-lyon',
        description: 'moved',
        siteType: 'HEADQUARTERS',
        siteLocation: {
          countryCode: 'US',
          stateCode: 'US-NY',
          cityName: 'Albany',
          timezone: 'America/New_York',
        },
      },
    });
    await client.call('siteUpdateNetworkRange', {
      networkRangeId,
      updateNetworkRangeInput: { subnet: '10.30.0.0/24' },
    });

    expect(
      at(await client.lookup({ type: 'site', entityIDs: [siteId] }), 'entityLookup', 'items', 0),
    ).toMatchObject({
      entity: { name: 'acme-lyon' },
      helperFields: { type: 'HEADQUARTERS', description: 'moved' },
    });
    expect(at(await client.lookup({ type: 'siteRange', parent }), 'entityLookup', 'items', 0)).toMatchObject({
      entity: { id: networkRangeId, name: 'acme-lyon \\ Default \\ Native Range' },
      helperFields: { subnet: '10.30.0.0/24' },
    });
    expect(
      at(await client.lookup({ type: 'networkInterface', parent }), 'entityLookup', 'items', 0),
    ).toMatchObject({
      entity: { name: 'acme-lyon \\ Default' },
      helperFields: { subnet: '10.30.0.0/24' },
    });
    const snapshot = await client.call('accountSnapshot', { siteIDs: [siteId] });
    expect(at(snapshot, 'accountSnapshot', 'sites', 0, 'infoSiteSnapshot')).toMatchObject({
      countryCode: 'US',
      countryName: 'United States',
      countryStateName: 'US-NY',
      cityName: 'Albany',
    });
    const details = await client.call('siteGeneralDetails', {
      siteRefInput: { by: 'NAME', input: 'acme-lyon' },
    });
    expect(at(details, 'site', 'siteGeneralDetails')).toEqual({
      site: { id: siteId, name: 'acme-lyon' },
      siteType: 'HEADQUARTERS',
      description: 'moved',
      siteLocation: {
        countryCode: 'US',
        stateCode: 'US-NY',
        cityName: 'Albany',
        timezone: 'America/New_York',
        address: null,
      },
      preferredPopLocationSiteGeneralDetailsPayload: null,
    });
  });

  it('removes a site with everything below it, and a second removal is refused', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await client.call('siteAddBgpPeer', {
      addBgpPeerInput: {
        site: { by: 'ID', input: siteId },
        name: 'peer',
        peerAsn: 65_001,
        catoAsn: 65_000,
        peerIp: '169.254.1.2',
        defaultAction: 'ACCEPT',
      },
    });
    await expect(client.call('siteRemoveSite', { siteId })).resolves.toEqual({
      site: { removeSite: { siteId } },
    });
    for (const type of ['site', 'siteRange', 'networkInterface']) {
      expect(await client.lookup({ type })).toEqual({ entityLookup: { items: [], total: 0 } });
    }
    const snapshot = await client.call('accountSnapshot', { siteIDs: [siteId] });
    expect(at(snapshot, 'accountSnapshot', 'sites')).toEqual([]);
    expect(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`)).toMatchObject({
      objects: { sites: [], bgpPeers: [], ranges: [], hosts: [] },
    });
    const { status, body } = await client.send('siteRemoveSite', { siteId });
    expect(status).toBe(200);
    expect(at(body, 'errors', 0, 'message')).toBe(`Site with id: ${siteId} is not found`);
  });

  it('refuses a second site of the same name, by creation and by renaming', async () => {
    await addSite(client, 'acme-paris');
    const other = await addSite(client, 'acme-lyon');
    const again = await client.send('siteAddIpsecIkeV2Site', {
      addIpsecIkeV2SiteInput: siteInput('acme-paris'),
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual({
      errors: [
        { message: 'Site with name "acme-paris" already exists', path: ['site', 'addIpsecIkeV2Site'] },
      ],
      data: null,
    });
    const renamed = await client.send('siteUpdateSiteGeneralDetails', {
      siteId: other,
      updateSiteGeneralDetailsInput: { name: 'acme-paris' },
    });
    expect(at(renamed.body, 'errors', 0, 'message')).toContain('already exists');
    await client.call('siteUpdateSiteGeneralDetails', {
      siteId: other,
      updateSiteGeneralDetailsInput: { name: 'acme-lyon' },
    });
  });
});

describe('tunnels', () => {
  it('arrive as typed, pre-shared keys among them, which only the admin API shows', async () => {
    const psk = 'é"\\ ${path.root} %{if}\nline';
    const siteId = await addSite(client, 'acme-paris');
    await addTunnels(siteId, {
      primary: { destinationType: 'IPv4', publicCatoIpId: '30001', tunnels: [tunnel(1, { psk })] },
    });
    expect(await storedSite()).toMatchObject({
      name: 'acme-paris',
      secondary: null,
      primary: {
        destinationType: 'IPv4',
        publicCatoIpId: '30001',
        tunnels: [
          {
            tunnelId: 'PRIMARY1',
            psk,
            publicSiteIp: '203.0.113.1',
            lastMileBw: { downstream: 100, upstream: 50 },
          },
        ],
      },
    });
  });

  it('get names of their own when the site waits for an FQDN peer', async () => {
    const siteId = await addSite(client, 'acme-paris');
    const details = await client.call('siteUpdateIpsecIkeV2SiteGeneralDetails', {
      siteId,
      updateIpsecIkeV2SiteGeneralDetailsInput: {
        connectionMode: 'RESPONDER_ONLY',
        identificationType: 'FQDN',
        initMessage: { cipher: 'AES_CBC_256' },
        networkRanges: ['office:10.0.0.0/8'],
      },
    });
    expect(textAt(details, 'site', 'updateIpsecIkeV2SiteGeneralDetails', 'localId')).toContain(siteId);
    const added = await addTunnels(siteId, { primary: { tunnels: [tunnel(1)] } });
    const primary = at(added, 'site', 'addIpsecIkeV2SiteTunnels', 'primaryAddIpsecIkeV2SiteTunnelsPayload');
    expect(textAt(primary, 'fqdn')).not.toBe('');
    expect(textAt(primary, 'tunnels', 0, 'localId')).toContain('primary1');
    expect(await storedSite()).toMatchObject({
      connectionMode: 'RESPONDER_ONLY',
      initMessage: { cipher: 'AES_CBC_256', dhGroup: 'AUTOMATIC' },
      networkRanges: ['office:10.0.0.0/8'],
    });
  });

  it('are updated in place, and what is not sent stays', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await addTunnels(siteId, { primary: { tunnels: [tunnel(1), tunnel(2)] } });
    const answer = await updateTunnels(siteId, {
      primary: {
        publicCatoIpId: '30002',
        tunnels: [
          { tunnelId: 'PRIMARY1', psk: 'changed', lastMileBw: { downstream: 200, upstream: 200 } },
          { tunnelId: 'PRIMARY2', publicSiteIp: '203.0.113.99', lastMileBw: {} },
        ],
      },
    });
    expect(answer).toEqual({
      site: {
        updateIpsecIkeV2SiteTunnels: {
          siteId,
          primaryUpdateIpsecIkeV2SiteTunnelsPayload: {
            fqdn: null,
            tunnels: [
              { tunnelIdUpdateIpsecIkeV2SiteTunnelPayload: 'PRIMARY1', localId: null },
              { tunnelIdUpdateIpsecIkeV2SiteTunnelPayload: 'PRIMARY2', localId: null },
            ],
          },
          secondaryUpdateIpsecIkeV2SiteTunnelsPayload: null,
        },
      },
    });
    expect(at(await storedSite(), 'primary')).toMatchObject({
      publicCatoIpId: '30002',
      tunnels: [
        { psk: 'changed', publicSiteIp: '203.0.113.1', lastMileBw: { downstream: 200, upstream: 200 } },
        { psk: 'psk-2', publicSiteIp: '203.0.113.99' },
      ],
    });
  });

  it.each([
    ['a second add to a side', { primary: { tunnels: [tunnel(2)] } }, 'already has tunnels'],
    [
      'a fourth tunnel',
      { secondary: { tunnels: [1, 2, 3, 4].map((number) => tunnel(number)) } },
      'at most 3',
    ],
  ])('%s is refused and stores nothing', async (_case, input, message) => {
    const siteId = await addSite(client, 'acme-paris');
    await addTunnels(siteId, { primary: { tunnels: [tunnel(1)] } });
    const before = await storedSite();
    const { body } = await client.send('siteAddIpsecIkeV2SiteTunnels', {
      siteId,
      addIpsecIkeV2SiteTunnelsInput: { ...input },
    });
    expect(at(body, 'errors', 0, 'message')).toContain(message);
    expect(await storedSite()).toEqual(before);
  });

  it('the update of a tunnel that is not there is refused, or adds it when that is chosen', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await addTunnels(siteId, { primary: { tunnels: [tunnel(1)] } });
    const input = { primary: { tunnels: [{ tunnelId: 'PRIMARY2', ...tunnel(2) }] } };
    await expect(updateTunnels(siteId, input)).rejects.toThrow('PRIMARY2 is not found');
    await client.steer('POST', '/settings', { vendor: 'cato', unknownTunnelUpdate: 'upsert' });
    await updateTunnels(siteId, input);
    expect(at(await storedSite(), 'primary', 'tunnels')).toMatchObject([
      { tunnelId: 'PRIMARY1' },
      { tunnelId: 'PRIMARY2', psk: 'psk-2' },
    ]);
  });

  it('are removed one by one, and a side without tunnels can be added to again', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await addTunnels(siteId, {
      primary: { tunnels: [tunnel(1), tunnel(2)] },
      secondary: { tunnels: [tunnel(3)] },
    });
    const remove = (tunnelId: string[]): Promise<unknown> =>
      client.call('siteRemoveIpsecIkeV2SiteTunnels', {
        siteId,
        removeIpsecIkeV2SiteTunnelsInput: { tunnelId },
      });
    await expect(remove(['PRIMARY2', 'SECONDARY1'])).resolves.toEqual({
      site: {
        removeIpsecIkeV2SiteTunnels: {
          siteId,
          primary: { fqdn: null, tunnels: [{ tunnelId: 'PRIMARY1', localId: null }] },
          secondary: null,
        },
      },
    });
    await expect(remove(['PRIMARY2'])).rejects.toThrow('PRIMARY2 is not found');
    await addTunnels(siteId, { secondary: { tunnels: [tunnel(3)] } });
  });
});
