import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ObjectValue, Value } from '../../terraform-plugin/index.js';
import { UNKNOWN } from '../../terraform-plugin/index.js';
import { CatoClient } from '../api/cato-client.js';
import type { ScriptedCato } from '../testing/scripted-cato.js';
import { SITE_ID, startScriptedCato } from '../testing/scripted-cato.js';
import { ipsecSiteResource } from './ipsec-site.resource.js';

const HYDRATE = [
  'entityLookup site',
  'accountSnapshot',
  'entityLookup siteRange',
  'entityLookup networkInterface',
];
const CREATE = [
  'siteAddIpsecIkeV2Site',
  'entityLookup siteRange',
  'siteUpdateIpsecIkeV2SiteGeneralDetails',
  'siteAddIpsecIkeV2SiteTunnels',
  ...HYDRATE,
];
const RANGE_ID = 'TjE0Nzk5MTc=';
const LOOKUP_DEFAULTS = { limit: null, from: null, search: null, sort: [], filters: [], helperFields: [] };

const tunnel = (psk: string, tunnelId: Value = UNKNOWN): ObjectValue => ({
  tunnel_id: tunnelId,
  public_site_ip: '203.0.113.10',
  private_cato_ip: '169.254.10.1',
  private_site_ip: '169.254.10.2',
  psk,
  last_mile_bw: {
    downstream: 100,
    upstream: 50,
    downstream_mbps_precision: 1.5,
    upstream_mbps_precision: null,
  },
});
const bareTunnel = (psk: string): ObjectValue => ({
  tunnel_id: UNKNOWN,
  public_site_ip: null,
  private_cato_ip: null,
  private_site_ip: null,
  psk,
  last_mile_bw: null,
});
const group = (...tunnels: Value[]): ObjectValue => ({
  destination_type: null,
  public_cato_ip_id: '77',
  pop_location_id: null,
  tunnels,
});
const ipsec = (change: ObjectValue = {}): ObjectValue => ({
  site_id: UNKNOWN,
  primary: group(tunnel('psk 1')),
  secondary: null,
  connection_mode: null,
  identification_type: null,
  init_message: null,
  auth_message: null,
  network_ranges: null,
  ...change,
});
const planned = (change: ObjectValue = {}): ObjectValue => ({
  id: UNKNOWN,
  name: 'acme-paris',
  site_type: 'BRANCH',
  description: 'acme paris',
  native_network_range: '10.20.0.0/24',
  native_network_range_id: UNKNOWN,
  interface_id: UNKNOWN,
  site_location: {
    country_code: 'FR',
    timezone: 'Europe/Paris',
    state_code: null,
    address: null,
    city: null,
  },
  ipsec: ipsec(),
  ...change,
});

let cato: ScriptedCato;

beforeEach(async () => {
  cato = await startScriptedCato();
});

afterEach(() => cato.close());

const call = () => ({
  client: new CatoClient(
    {
      baseUrl: cato.url,
      token: 't',
      accountId: '1234',
      retry: { max: 0, waitMinSeconds: 1, waitMaxSeconds: 1 },
    },
    '0.0.96',
  ),
  signal: new AbortController().signal,
});
const create = (site: ObjectValue = planned()) => ipsecSiteResource.create(call(), site);
const existing = async (site: ObjectValue = planned()): Promise<ObjectValue> => {
  const { state } = await create(site);
  cato.calls.length = 0;
  if (!state) throw new Error('the site was not created');
  return state;
};
const update = (wanted: ObjectValue, prior: ObjectValue) => ipsecSiteResource.update(call(), wanted, prior);
const variablesOf = (operation: string): Readonly<Record<string, unknown>> | undefined =>
  cato.calls.find(({ operationName }) => operationName === operation)?.variables;
const failAt = (position: number): void => {
  cato.script = (_call, index) => (index === position ? { status: 500, body: '' } : undefined);
};

describe('creating a site', () => {
  it('makes eight calls in the order of the real provider', async () => {
    const { state, diagnostics } = await create();
    expect(diagnostics).toBeUndefined();
    expect(cato.sequence()).toEqual(CREATE);
    expect(state).toEqual({
      ...planned(),
      id: SITE_ID,
      native_network_range_id: RANGE_ID,
      interface_id: '5',
      ipsec: ipsec({ site_id: SITE_ID, primary: group(tunnel('psk 1', 'PRIMARY1')) }),
    });
  });

  it('sends what is set and leaves out what is not', async () => {
    await create(planned({ ipsec: ipsec({ secondary: group(bareTunnel('psk 2')) }) }));
    expect(variablesOf('siteAddIpsecIkeV2Site')).toEqual({
      accountId: '1234',
      addIpsecIkeV2SiteInput: {
        name: 'acme-paris',
        siteType: 'BRANCH',
        description: 'acme paris',
        nativeNetworkRange: '10.20.0.0/24',
        siteLocation: { countryCode: 'FR', timezone: 'Europe/Paris' },
      },
    });
    expect(variablesOf('siteUpdateIpsecIkeV2SiteGeneralDetails')).toEqual({
      siteId: SITE_ID,
      accountId: '1234',
      updateIpsecIkeV2SiteGeneralDetailsInput: {},
    });
    expect(variablesOf('siteAddIpsecIkeV2SiteTunnels')).toEqual({
      siteId: SITE_ID,
      accountId: '1234',
      addIpsecIkeV2SiteTunnelsInput: {
        primary: {
          publicCatoIpId: '77',
          tunnels: [
            {
              publicSiteIp: '203.0.113.10',
              privateCatoIp: '169.254.10.1',
              privateSiteIp: '169.254.10.2',
              psk: 'psk 1',
              lastMileBw: { downstream: 100, upstream: 50 },
            },
          ],
        },
        secondary: { publicCatoIpId: '77', tunnels: [{ psk: 'psk 2', lastMileBw: {} }] },
      },
    });
  });

  it('encodes what is not given in a lookup as null or an empty list', async () => {
    await create();
    const lookups = cato.calls.filter(({ operationName }) => operationName === 'entityLookup');
    const parent = { id: SITE_ID, type: 'site' };
    expect(lookups.map(({ variables }) => variables)).toEqual([
      { ...LOOKUP_DEFAULTS, accountID: '1234', type: 'siteRange', parent, entityIDs: [] },
      { ...LOOKUP_DEFAULTS, accountID: '1234', type: 'site', parent: null, entityIDs: [SITE_ID] },
      { ...LOOKUP_DEFAULTS, accountID: '1234', type: 'siteRange', parent, entityIDs: [] },
      { ...LOOKUP_DEFAULTS, accountID: '1234', type: 'networkInterface', parent, entityIDs: [] },
    ]);
    expect(variablesOf('accountSnapshot')).toEqual({ siteIDs: [SITE_ID], userIDs: [], accountID: '1234' });
  });

  it('sends an empty list for tunnels that are absent', async () => {
    await create(planned({ ipsec: ipsec({ primary: { ...group(), tunnels: null } }) }));
    expect(variablesOf('siteAddIpsecIkeV2SiteTunnels')).toMatchObject({
      addIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [] } },
    });
  });

  it.each([
    ['RESPONDER_ONLY', { connectionMode: 'RESPONDER_ONLY', identificationType: 'FQDN' }],
    ['BIDIRECTIONAL', { connectionMode: 'BIDIRECTIONAL' }],
  ])('sends the identification type only where it means something: %s', async (mode, details) => {
    const change = {
      connection_mode: mode,
      identification_type: 'FQDN',
      init_message: { cipher: 'AES_GCM_256', dh_group: 'AUTOMATIC', integrity: 'AUTOMATIC', prf: 'SHA256' },
      network_ranges: ['lan:10.0.0.0/8'],
    };
    await create(planned({ ipsec: ipsec(change) }));
    expect(
      variablesOf('siteUpdateIpsecIkeV2SiteGeneralDetails')?.['updateIpsecIkeV2SiteGeneralDetailsInput'],
    ).toEqual({
      ...details,
      initMessage: { cipher: 'AES_GCM_256', dhGroup: 'AUTOMATIC', integrity: 'AUTOMATIC', prf: 'SHA256' },
      networkRanges: ['lan:10.0.0.0/8'],
    });
  });

  it('leaves nothing behind when the first call fails', async () => {
    failAt(0);
    expect(await create()).toMatchObject({ state: null, diagnostics: [{ summary: 'Cato API error' }] });
  });

  it.each([
    [1, 'Catov2 API EntityLookup error'],
    [2, 'Catov2 API SiteUpdateIpsecIkeV2SiteGeneralDetails error'],
    [3, 'Cato API error in SiteAddIpsecIkeV2SiteTunnels'],
    [4, 'Error hydrating IPSec site state'],
    [7, 'Error hydrating IPSec site state'],
  ])('keeps the id alone when call %i fails', async (position, summary) => {
    failAt(position);
    const { state, diagnostics } = await create();
    expect(diagnostics).toMatchObject([{ severity: 'error', summary }]);
    expect(Object.entries(state ?? {}).filter(([, value]) => value !== null)).toEqual([['id', SITE_ID]]);
    expect(cato.calls).toHaveLength(position + 1);
  });

  it('goes on when the new site cannot be seen yet, and leaves the interface unknown', async () => {
    cato.script = ({ variables }) =>
      variables['type'] === 'site'
        ? { body: { data: { entityLookup: { items: [], total: 0 } } } }
        : undefined;
    const { state, diagnostics } = await create();
    expect(diagnostics).toBeUndefined();
    expect(state).toMatchObject({ id: SITE_ID, interface_id: UNKNOWN, native_network_range_id: RANGE_ID });
    expect(cato.sequence()).toEqual(CREATE.slice(0, 5));
  });

  it('leaves the id of a tunnel unknown that the answer does not list', async () => {
    const answer = {
      primaryAddIpsecIkeV2SiteTunnelsPayload: {
        tunnels: [{ tunnelIdAddIpsecIkeV2SiteTunnelPayload: 'PRIMARY1' }],
      },
    };
    cato.script = ({ operationName }) =>
      operationName === 'siteAddIpsecIkeV2SiteTunnels'
        ? { body: { data: { site: { addIpsecIkeV2SiteTunnels: answer } } } }
        : undefined;
    const { state } = await create(planned({ ipsec: ipsec({ primary: group(tunnel('1'), tunnel('2')) }) }));
    expect(state).toMatchObject({
      ipsec: { primary: { tunnels: [{ tunnel_id: 'PRIMARY1' }, { tunnel_id: UNKNOWN }] } },
    });
  });

  it('crashes on a range whose name has fewer than three parts', async () => {
    cato.script = ({ variables }) =>
      variables['type'] === 'siteRange'
        ? { body: { data: { entityLookup: { items: [{ entity: { id: '1', name: 'Paris \\ Default' } }] } } } }
        : undefined;
    await expect(create()).rejects.toThrow(RangeError);
  });
});

describe('reading a site', () => {
  it('makes the four calls and finds what was written', async () => {
    const state = await existing();
    expect(await ipsecSiteResource.read(call(), state)).toEqual({ state });
    expect(cato.sequence()).toEqual(HYDRATE);
  });

  it.each([
    ['no site', 'entityLookup', { entityLookup: { items: [] } }],
    ['no snapshot', 'accountSnapshot', { accountSnapshot: { sites: [] } }],
  ])('finds it gone when there is %s', async (_name, operation, data) => {
    const state = await existing();
    cato.script = ({ operationName }) => (operationName === operation ? { body: { data } } : undefined);
    expect(await ipsecSiteResource.read(call(), state)).toEqual({ state: null });
  });

  it('takes over what was changed elsewhere, and an empty description as none', async () => {
    const state = await existing();
    cato.script = ({ variables, operationName }) => {
      if (variables['type'] === 'site') {
        const entity = { id: SITE_ID, name: 'renamed', type: 'site' };
        const items = [{ entity, description: '', helperFields: { type: 'DATACENTER', description: '' } }];
        return { body: { data: { entityLookup: { items } } } };
      }
      if (operationName !== 'accountSnapshot') return undefined;
      const infoSiteSnapshot = { countryCode: 'DE', countryStateName: '', cityName: 'Berlin' };
      return { body: { data: { accountSnapshot: { sites: [{ infoSiteSnapshot }] } } } };
    };
    const { state: read } = await ipsecSiteResource.read(call(), {
      ...state,
      site_location: {
        country_code: 'FR',
        timezone: 'Europe/Paris',
        state_code: 'IDF',
        address: 'x',
        city: null,
      },
    });
    expect(read).toMatchObject({
      name: 'renamed',
      site_type: 'DATACENTER',
      description: null,
      site_location: {
        country_code: 'DE',
        timezone: 'Europe/Paris',
        state_code: null,
        address: 'x',
        city: 'Berlin',
      },
      ipsec: state['ipsec'],
    });
  });

  it('after an import knows the site, and of its IPsec settings the site id', async () => {
    await existing();
    const { state } = await ipsecSiteResource.read(call(), ipsecSiteResource.importState(SITE_ID));
    expect(state).toMatchObject({
      id: SITE_ID,
      name: 'acme-paris',
      site_location: { country_code: 'FR', timezone: null },
      ipsec: { site_id: SITE_ID, primary: null, network_ranges: null },
    });
  });

  it('keeps the state when a call fails', async () => {
    const state = await existing();
    cato.script = () => ({ status: 502, body: '' });
    expect(await ipsecSiteResource.read(call(), state)).toMatchObject({
      state,
      diagnostics: [{ summary: 'Error hydrating IPSec site state' }],
    });
  });
});

describe('updating a site', () => {
  it('writes details, settings and tunnels, reading back in between', async () => {
    const prior = await existing();
    const wanted = {
      ...prior,
      description: 'edited',
      site_location: {
        country_code: 'FR',
        timezone: 'Europe/Paris',
        state_code: null,
        address: 'x',
        city: null,
      },
      ipsec: { ...ipsec({ site_id: SITE_ID }), primary: group(tunnel('psk 2', 'PRIMARY1')) },
    };
    const { state } = await update(wanted, prior);
    expect(state).toEqual(wanted);
    expect(cato.sequence()).toEqual([
      'siteUpdateSiteGeneralDetails',
      'siteUpdateIpsecIkeV2SiteGeneralDetails',
      ...HYDRATE,
      'siteUpdateIpsecIkeV2SiteTunnels',
    ]);
    expect(variablesOf('siteUpdateSiteGeneralDetails')).toEqual({
      siteId: SITE_ID,
      accountId: '1234',
      updateSiteGeneralDetailsInput: {
        name: 'acme-paris',
        description: 'edited',
        siteType: 'BRANCH',
        siteLocation: { countryCode: 'FR', timezone: 'Europe/Paris', address: 'x' },
      },
    });
    expect(variablesOf('siteUpdateIpsecIkeV2SiteTunnels')).toMatchObject({
      siteId: SITE_ID,
      updateIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ tunnelId: 'PRIMARY1', psk: 'psk 2' }] } },
    });
  });

  it('writes the network range only when it changed', async () => {
    const prior = await existing();
    await update({ ...prior, native_network_range: '10.21.0.0/24' }, prior);
    expect(cato.sequence()).toEqual([
      'siteUpdateSiteGeneralDetails',
      'siteUpdateNetworkRange',
      'siteUpdateIpsecIkeV2SiteGeneralDetails',
      ...HYDRATE,
      'siteUpdateIpsecIkeV2SiteTunnels',
    ]);
    expect(variablesOf('siteUpdateNetworkRange')).toEqual({
      networkRangeId: RANGE_ID,
      accountId: '1234',
      updateNetworkRangeInput: { subnet: '10.21.0.0/24' },
    });
  });

  it('numbers tunnels by position that have no id, and leaves their id as planned', async () => {
    const prior = await existing();
    const wanted = {
      ...prior,
      ipsec: ipsec({
        site_id: SITE_ID,
        primary: group(tunnel('psk 1', 'PRIMARY1'), tunnel('psk 2')),
        secondary: group(tunnel('psk 3')),
      }),
    };
    const { state } = await update(wanted, prior);
    expect(state).toEqual(wanted);
    expect(variablesOf('siteUpdateIpsecIkeV2SiteTunnels')).toMatchObject({
      updateIpsecIkeV2SiteTunnelsInput: {
        primary: { tunnels: [{ tunnelId: 'PRIMARY1' }, { tunnelId: 'PRIMARY2' }] },
        secondary: { tunnels: [{ tunnelId: 'SECONDARY1' }] },
      },
    });
  });

  it('does not send the city', async () => {
    const prior = await existing();
    const location = {
      country_code: 'FR',
      timezone: 'Europe/Paris',
      state_code: null,
      address: null,
      city: 'Lyon',
    };
    const { state } = await update({ ...prior, site_location: location }, prior);
    expect(JSON.stringify(variablesOf('siteUpdateSiteGeneralDetails'))).not.toContain('Lyon');
    expect(state).toMatchObject({ site_location: { city: null } });
  });

  it('keeps the old state when a call fails', async () => {
    const prior = await existing();
    cato.script = ({ operationName }) =>
      operationName === 'siteUpdateIpsecIkeV2SiteTunnels' ? { status: 422, body: { errors: [] } } : undefined;
    expect(await update({ ...prior, description: 'edited' }, prior)).toMatchObject({
      state: prior,
      diagnostics: [{ severity: 'error' }],
    });
  });
});

describe('deleting a site', () => {
  it('looks it up and removes it', async () => {
    const state = await existing();
    expect(await ipsecSiteResource.delete(call(), state)).toEqual({ state: null });
    expect(cato.sequence()).toEqual(['entityLookup site', 'siteRemoveSite']);
    expect(variablesOf('siteRemoveSite')).toEqual({ siteId: SITE_ID, accountId: '1234' });
  });

  it('is done when it is not there', async () => {
    const state = await existing();
    cato.script = () => ({ body: { data: { entityLookup: { items: [], total: 0 } } } });
    expect(await ipsecSiteResource.delete(call(), state)).toEqual({ state: null });
    expect(cato.sequence()).toEqual(['entityLookup site']);
  });

  it('keeps the state when it fails', async () => {
    const state = await existing();
    cato.script = () => ({ status: 401, body: '' });
    expect(await ipsecSiteResource.delete(call(), state)).toMatchObject({
      state,
      diagnostics: [{ summary: 'Catov2 API error' }],
    });
  });
});
