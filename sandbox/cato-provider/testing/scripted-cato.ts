import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';

/** One call as it came in: what the vendor would see. */
export interface ReceivedCall {
  readonly operationName: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when a string, else as JSON. */
  readonly body: unknown;
}

/** Answers one call, or leaves it to the answers of an everyday site with undefined. */
export type Script = (call: ReceivedCall, index: number) => ScriptedAnswer | undefined;

export interface ScriptedCato {
  readonly url: string;
  readonly calls: ReceivedCall[];
  /** Operation names in order, lookups with their type. */
  sequence(): string[];
  script: Script;
  close(): Promise<void>;
}

export const SITE_ID = '9668';

/** A vendor API that knows one site and answers what it is told to; for tests of single calls and their order. */
export async function startScriptedCato(): Promise<ScriptedCato> {
  const calls: ReceivedCall[] = [];
  const site: SiteFacts = { name: '', type: '', description: '', subnet: '', peer: {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const rawBody = Buffer.concat(chunks).toString('utf8');
      const { operationName, query, variables }: ReceivedCall = JSON.parse(rawBody);
      const call = { operationName, query, variables, headers: request.headers, rawBody };
      calls.push(call);
      const answer = fake.script(call, calls.length - 1) ?? { body: { data: everydayAnswer(call, site) } };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const fake: ScriptedCato = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/api/v1/graphql2`,
    calls,
    sequence: () =>
      calls.map(({ operationName, variables }) =>
        operationName === 'entityLookup' ? `entityLookup ${String(variables['type'])}` : operationName,
      ),
    script: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return fake;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

interface SiteFacts {
  name: unknown;
  type: unknown;
  description: unknown;
  subnet: unknown;
  peer: Fields;
}

function everydayAnswer(call: ReceivedCall, site: SiteFacts): unknown {
  const { variables } = call;
  const input = (name: string): Fields => fieldsOf(variables[name]);
  switch (call.operationName) {
    case 'siteAddIpsecIkeV2Site': {
      const { name, siteType, description, nativeNetworkRange } = input('addIpsecIkeV2SiteInput');
      Object.assign(site, { name, type: siteType, description, subnet: nativeNetworkRange });
      return { site: { addIpsecIkeV2Site: { siteId: SITE_ID } } };
    }
    case 'siteUpdateSiteGeneralDetails': {
      const { name, siteType, description } = input('updateSiteGeneralDetailsInput');
      Object.assign(site, { name, type: siteType, description });
      return { site: { updateSiteGeneralDetails: { siteId: SITE_ID } } };
    }
    case 'siteUpdateNetworkRange':
      site.subnet = input('updateNetworkRangeInput')['subnet'];
      return { site: { updateNetworkRange: { networkRangeId: variables['networkRangeId'] } } };
    case 'siteUpdateIpsecIkeV2SiteGeneralDetails':
      return { site: { updateIpsecIkeV2SiteGeneralDetails: { siteId: SITE_ID, localId: null } } };
    case 'siteAddIpsecIkeV2SiteTunnels':
      return { site: { addIpsecIkeV2SiteTunnels: addedTunnels(input('addIpsecIkeV2SiteTunnelsInput')) } };
    case 'siteUpdateIpsecIkeV2SiteTunnels':
      return { site: { updateIpsecIkeV2SiteTunnels: { siteId: SITE_ID } } };
    case 'entityLookup':
      return { entityLookup: { items: [lookupItem(variables['type'], site)], total: 1 } };
    case 'accountSnapshot':
      return {
        accountSnapshot: {
          sites: [{ id: SITE_ID, infoSiteSnapshot: { countryCode: 'FR', cityName: null } }],
        },
      };
    case 'siteRemoveSite':
      return { site: { removeSite: { siteId: SITE_ID } } };
    case 'siteAddBgpPeer':
      site.peer = input('addBgpPeerInput');
      return { site: { addBgpPeer: { bgpPeer: { id: 'peer-1', name: site.peer['name'] } } } };
    case 'siteUpdateBgpPeer':
      site.peer = { ...site.peer, ...input('updateBgpPeerInput') };
      return { site: { updateBgpPeer: { bgpPeer: { id: 'peer-1' } } } };
    case 'siteRemoveBgpPeer':
      return { site: { removeBgpPeer: { bgpPeer: { id: 'peer-1' } } } };
    case 'site':
      return { site: { bgpPeer: peerAnswer(site.peer) } };
    default:
      return {};
  }
}

function addedTunnels(input: Fields): unknown {
  const group = (name: 'primary' | 'secondary'): unknown => {
    const { tunnels } = fieldsOf(input[name]);
    return Array.isArray(tunnels)
      ? {
          fqdn: null,
          tunnels: tunnels.map((_tunnel, index) => ({
            tunnelIdAddIpsecIkeV2SiteTunnelPayload: `${name.toUpperCase()}${index + 1}`,
            localId: null,
          })),
        }
      : null;
  };
  return {
    siteId: SITE_ID,
    primaryAddIpsecIkeV2SiteTunnelsPayload: group('primary'),
    secondaryAddIpsecIkeV2SiteTunnelsPayload: group('secondary'),
  };
}

function lookupItem(type: unknown, site: SiteFacts): unknown {
  const { name, description, subnet } = site;
  switch (type) {
    case 'siteRange':
      return item('TjE0Nzk5MTc=', `${String(name)} \\ Default \\ Native Range`, type, { subnet });
    case 'networkInterface':
      return item('5', `${String(name)} \\ Default`, type, { siteId: SITE_ID, isDefault: true });
    default:
      return item(SITE_ID, String(name), type, { type: site.type, description });
  }
}

function item(id: string, name: string, type: unknown, helperFields: Record<string, unknown>): unknown {
  return { entity: { id, name, type }, description: '', helperFields };
}

function peerAnswer(peer: Fields): unknown {
  const fields = [
    'name',
    'peerAsn',
    'catoAsn',
    'peerIp',
    'defaultAction',
    'performNat',
    'metric',
    'holdTime',
  ];
  const others = ['keepaliveInterval', 'bfdEnabled', 'summaryRoute', 'advertiseDefaultRoute'];
  const rest = ['advertiseAllRoutes', 'advertiseSummaryRoutes'];
  return {
    id: 'peer-1',
    site: { id: SITE_ID, name: 'site' },
    ...Object.fromEntries([...fields, ...others, ...rest].map((name) => [name, peer[name]])),
    md5AuthKey: peer['md5AuthKey'] ?? null,
    catoIp: '169.254.10.1',
    bfdSettingsBgpPeer: peer['bfdSettings'] ?? {
      transmitInterval: 1000,
      receiveInterval: 1000,
      multiplier: 5,
    },
    trackingBgpPeer: null,
  };
}
