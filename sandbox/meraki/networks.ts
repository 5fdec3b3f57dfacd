import { z } from 'zod';
import { badRequest, notFound, parameters } from './answers.js';
import { pathValue, type Operation, type OperationCall } from './context.js';
import { listed, page } from './paging.js';
import type { NetworkRecord } from './records.js';

const PRODUCT_TYPES = [
  'appliance',
  'camera',
  'cellularGateway',
  'sensor',
  'switch',
  'systemsManager',
  'wireless',
] as const;

const NETWORKS_PER_PAGE = { byDefault: 1000, most: 100_000 };
const DEFAULT_TIME_ZONE = 'America/Los_Angeles';

const name = z.string().min(1).max(127);
const tags = z.array(z.string().min(1));
const timeZone = z.string().refine(isTimeZone, 'is no time zone');

const NewNetwork = z.object({
  name,
  productTypes: z.array(z.enum(PRODUCT_TYPES)).min(1),
  timeZone: timeZone.default(DEFAULT_TIME_ZONE),
  tags: tags.default([]),
  notes: z.string().nullable().default(null),
});

const NetworkChanges = z.object({
  name: name.optional(),
  timeZone: timeZone.optional(),
  tags: tags.optional(),
  notes: z.string().nullable().optional(),
});

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function answerNetwork({ siteToSiteVpn: _own, ...network }: NetworkRecord) {
  return {
    ...network,
    enrollmentString: null,
    url: `https://n1.meraki.com/o/${network.organizationId}/n/${network.id}/manage/usage/list`,
    isBoundToConfigTemplate: false,
  };
}

export function networkOf(call: OperationCall): NetworkRecord {
  const network = call.organization.network(pathValue(call, 'networkId'));
  if (!network) throw notFound();
  return network;
}

function checkName({ organization }: OperationCall, wanted: string, own?: NetworkRecord): void {
  const holder = organization.networkNamed(wanted);
  if (holder && holder.id !== own?.id) throw badRequest('Validation failed: Name has already been taken');
}

const createOrganizationNetwork: Operation = (call) => {
  const given = parameters(NewNetwork, call.body);
  checkName(call, given.name);
  const network: NetworkRecord = {
    id: call.store.nextNetworkId(given.productTypes.length > 1),
    organizationId: call.organization.id,
    ...given,
    siteToSiteVpn: { mode: 'none' },
  };
  call.organization.putNetwork(network);
  return { status: 201, body: answerNetwork(network) };
};

const getOrganizationNetworks: Operation = (call) => {
  const wanted = listed(call.query, 'tags');
  const isAll = call.query.get('tagsFilterType') === 'withAllTags';
  const found = call.organization.networks().filter((network) => {
    if (!wanted) return true;
    const has = (tag: string): boolean => network.tags.includes(tag);
    return isAll ? wanted.every(has) : wanted.some(has);
  });
  const { items, ...reply } = page(call, found, ({ id }) => id, NETWORKS_PER_PAGE);
  return { ...reply, body: items.map(answerNetwork) };
};

const getNetwork: Operation = (call) => ({ status: 200, body: answerNetwork(networkOf(call)) });

const updateNetwork: Operation = (call) => {
  const network = networkOf(call);
  const changes = parameters(NetworkChanges, call.body);
  if (changes.name !== undefined) checkName(call, changes.name, network);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const changed: NetworkRecord = { ...network, ...given };
  call.organization.putNetwork(changed);
  return { status: 200, body: answerNetwork(changed) };
};

const deleteNetwork: Operation = (call) => {
  call.organization.removeNetwork(networkOf(call).id);
  return { status: 204 };
};

const getOrganization: Operation = ({ organization }) => ({
  status: 200,
  body: {
    id: organization.id,
    name: `Organization ${organization.id}`,
    url: `https://n1.meraki.com/o/${organization.id}/manage/organization/overview`,
    api: { enabled: true },
  },
});

export const networkOperations = {
  getOrganization,
  createOrganizationNetwork,
  getOrganizationNetworks,
  getNetwork,
  updateNetwork,
  deleteNetwork,
};
