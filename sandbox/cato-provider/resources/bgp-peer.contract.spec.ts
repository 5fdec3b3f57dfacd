import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ObjectValue } from '../../terraform-plugin/index.js';
import { UNKNOWN } from '../../terraform-plugin/index.js';
import { CatoClient } from '../api/cato-client.js';
import type { ScriptedCato } from '../testing/scripted-cato.js';
import { SITE_ID, startScriptedCato } from '../testing/scripted-cato.js';
import { bgpPeerResource } from './bgp-peer.resource.js';

const BFD = { transmit_interval: 1000, receive_interval: 1000, multiplier: 5 };

const planned = (change: ObjectValue = {}): ObjectValue => ({
  id: UNKNOWN,
  site_id: SITE_ID,
  name: 'peer',
  peer_asn: 4_200_000_000,
  cato_asn: 65000,
  peer_ip: '169.254.10.2',
  default_action: 'ACCEPT',
  advertise_default_route: true,
  advertise_all_routes: false,
  advertise_summary_routes: false,
  perform_nat: false,
  metric: 50,
  hold_time: 60,
  keepalive_interval: 20,
  bfd_enabled: false,
  md5_auth_key: null,
  summary_route: [],
  bfd_settings: BFD,
  tracking: null,
  ...change,
});

const INPUT = {
  name: 'peer',
  peerAsn: 4_200_000_000,
  catoAsn: 65000,
  peerIp: '169.254.10.2',
  defaultAction: 'ACCEPT',
  advertiseDefaultRoute: true,
  advertiseAllRoutes: false,
  advertiseSummaryRoutes: false,
  performNat: false,
  metric: 50,
  holdTime: 60,
  keepaliveInterval: 20,
  bfdEnabled: false,
  bfdSettings: { transmitInterval: 1000, receiveInterval: 1000, multiplier: 5 },
  summaryRoute: [],
};

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
const answerPeer = (bgpPeer: unknown): void => {
  cato.script = ({ operationName }) =>
    operationName === 'site' ? { body: { data: { site: { bgpPeer } } } } : undefined;
};

describe('a BGP peer', () => {
  it('is created with one call that refers to its site by id', async () => {
    expect(await bgpPeerResource.create(call(), planned())).toEqual({ state: planned({ id: 'peer-1' }) });
    expect(cato.calls).toMatchObject([{ operationName: 'siteAddBgpPeer' }]);
    expect(cato.calls[0]?.variables).toEqual({
      accountId: '1234',
      addBgpPeerInput: {
        site: { by: 'ID', input: SITE_ID },
        ...INPUT,
        defaultRouteCommunities: [],
        defaultActionExclusion: [],
      },
    });
  });

  it('is sent with all that is set', async () => {
    const summaryRoute = { route: '10.0.0.0/8', community: [{ from: 1, to: 2 }] };
    await bgpPeerResource.create(
      call(),
      planned({
        md5_auth_key: 'key',
        summary_route: [summaryRoute, { route: '10.1.0.0/16', community: null }],
        tracking: { enabled: true, alert_frequency: 'DAILY', subscription_id: 's' },
        bfd_settings: null,
      }),
    );
    expect(cato.calls[0]?.variables['addBgpPeerInput']).toMatchObject({
      md5AuthKey: 'key',
      summaryRoute: [summaryRoute, { route: '10.1.0.0/16', community: [] }],
      tracking: { enabled: true, alertFrequency: 'DAILY', subscriptionId: 's' },
    });
    expect(cato.calls[0]?.variables['addBgpPeerInput']).not.toHaveProperty('bfdSettings');
  });

  it('is read with one call and found as it was written', async () => {
    const { state } = await bgpPeerResource.create(call(), planned());
    expect(await bgpPeerResource.read(call(), state ?? {})).toEqual({ state });
    expect(cato.calls[1]).toMatchObject({
      operationName: 'site',
      variables: { bgpPeerRefInput: { by: 'ID', input: 'peer-1' }, accountId: '1234' },
    });
  });

  it('is gone when the answer is null, and an error when it is one', async () => {
    answerPeer(null);
    expect(await bgpPeerResource.read(call(), planned({ id: 'peer-1' }))).toEqual({ state: null });
    cato.script = () => ({ body: { data: null, errors: [{ message: 'not found' }] } });
    expect(await bgpPeerResource.read(call(), planned({ id: 'peer-1' }))).toMatchObject({
      state: { id: 'peer-1' },
      diagnostics: [{ summary: 'Cato API error in SiteBgpPeer' }],
    });
  });

  it('is read with numbers that came as strings', async () => {
    const summaryRoute = [{ id: '1', route: '10.0.0.0/8', community: [{ from: '1', to: '2' }] }];
    answerPeer({
      id: 'p',
      site: { id: '1' },
      peerAsn: '65001',
      catoAsn: '65000',
      summaryRoute,
      bfdSettingsBgpPeer: null,
    });
    expect((await bgpPeerResource.read(call(), planned())).state).toMatchObject({
      peer_asn: 65001,
      cato_asn: 65000,
      summary_route: [{ route: '10.0.0.0/8', community: [{ from: 1, to: 2 }] }],
      bfd_settings: null,
      md5_auth_key: null,
    });
  });

  it('crashes the provider when it is tracked without a subscription', async () => {
    const trackingBgpPeer = { id: '1', enabled: true, alertFrequency: 'DAILY', subscriptionId: null };
    answerPeer({ id: 'p', site: { id: '1' }, trackingBgpPeer });
    await expect(bgpPeerResource.read(call(), planned())).rejects.toThrow(TypeError);
  });

  it('is updated with one call that names no site', async () => {
    const prior = planned({ id: 'peer-1' });
    const wanted = { ...prior, site_id: 'another', metric: 70 };
    expect(await bgpPeerResource.update(call(), wanted, prior)).toEqual({ state: wanted });
    expect(cato.calls).toMatchObject([{ operationName: 'siteUpdateBgpPeer' }]);
    expect(cato.calls[0]?.variables).toEqual({
      accountId: '1234',
      updateBgpPeerInput: { id: 'peer-1', ...INPUT, metric: 70 },
    });
  });

  it('is deleted with one call, and a second time is an error', async () => {
    const state = planned({ id: 'peer-1' });
    expect(await bgpPeerResource.delete(call(), state)).toEqual({ state: null });
    expect(cato.calls).toMatchObject([
      {
        operationName: 'siteRemoveBgpPeer',
        variables: { removeBgpPeerInput: { id: 'peer-1' }, accountId: '1234' },
      },
    ]);
    cato.script = () => ({ body: { errors: [{ message: 'not found' }], data: null } });
    expect(await bgpPeerResource.delete(call(), state)).toMatchObject({
      state,
      diagnostics: [{ summary: 'Cato API error in SiteRemoveBgpPeer' }],
    });
  });

  it.each([
    ['create', 'Cato API error in SiteAddBgpPeer', null],
    ['update', 'Cato API error in SiteUpdateBgpPeer', 'peer-1'],
  ] as const)('keeps the state it had when %s fails', async (action, summary, id) => {
    cato.script = () => ({ status: 500, body: '' });
    const prior = planned({ id: 'peer-1' });
    const outcome =
      action === 'create'
        ? await bgpPeerResource.create(call(), planned())
        : await bgpPeerResource.update(call(), { ...prior, metric: 1 }, prior);
    expect(outcome.state?.['id'] ?? null).toBe(id);
    expect(outcome.diagnostics).toMatchObject([{ summary }]);
  });
});
