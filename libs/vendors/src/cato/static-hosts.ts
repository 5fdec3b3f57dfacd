import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { callCato } from './client.js';
import { explained, wordsOf, type SentHosts } from './static-host-faults.js';

/*
 * Devices of a Cato site are its static hosts. Sources: catonetworks/cato-go-sdk:cato_api.graphqls and
 * catonetworks/cato-cli:models/, queryPayloads/ (mutation.site.updateSiteStaticHosts, query.site.staticHostList and
 * their neighbours). All calls are synchronous, each operation has its own 120 calls a minute and account, and all of
 * them throw
 *  - VendorFaultError VENDOR_RATE_LIMITED: also for an error inside HTTP 200; `retryAfterMs` when the vendor says so;
 *  - VendorFaultError VENDOR_UNAVAILABLE: 5xx, "Internal server", DOWNSTREAM_SERVICE_ERROR, no or no readable answer.
 *    After a change nobody knows whether it took place: there is no idempotency key, so read the list before a retry;
 *  - VendorFaultError VENDOR_AUTH_FAILED: 401, 403, or their words inside HTTP 200;
 *  - StaticHostsRefusedError (VENDOR_REJECTED, NAME_TAKEN): for good, with the hosts that the vendor's words name.
 */

/** A static host as the vendor holds it. Its name and its address are unique within its site. */
export interface StaticHost {
  hostId: string;
  name: string;
  ip: string;
  macAddress: string | null;
}

export interface NewStaticHost {
  name: string;
  ip: string;
  macAddress?: string | null | undefined;
}

/** What of a host changes; what is left out stays. The vendor takes no MAC address away: remove and add the host. */
export interface StaticHostUpdate {
  name?: string | undefined;
  ip?: string | undefined;
  macAddress?: string | undefined;
}

export interface StaticHostChanges {
  add: readonly NewStaticHost[];
  /** Listed hosts, or their ids alone. */
  remove: readonly Pick<StaticHost, 'hostId'>[];
}

const Host = z.object({
  hostId: z.string(),
  name: z.string(),
  ip: z.string(),
  macAddress: z
    .string()
    .nullish()
    .transform((mac) => mac ?? null),
});

/** Every operation is asked for by the alias `result`, so that all answers have one shape. */
const resultOf = <T>(payload: z.ZodType<T>) =>
  z.object({ site: z.object({ result: payload }) }).transform(({ site }) => site.result);

const Changed = z.object({ hostId: z.string() });

const HOST = 'hostId name ip macAddress';

const LIST = {
  operation: 'staticHostList',
  operationName: 'siteStaticHostList',
  query: `query siteStaticHostList($accountId: ID!, $siteRefInput: SiteRefInput!) {
  site(accountId: $accountId) { result: staticHostList(site: $siteRefInput) { items { ${HOST} } } }
}`,
  answer: resultOf(z.object({ items: z.array(Host) })),
};

const CHANGE = {
  operation: 'updateSiteStaticHosts',
  operationName: 'siteUpdateSiteStaticHosts',
  query: `mutation siteUpdateSiteStaticHosts($accountId: ID!, $updateSiteStaticHostsInput: UpdateSiteStaticHostsInput!) {
  site(accountId: $accountId) { result: updateSiteStaticHosts(input: $updateSiteStaticHostsInput) { host { ${HOST} } } }
}`,
  answer: resultOf(z.object({ host: z.array(Host) })),
};

const UPDATE_BULK = {
  operation: 'updateStaticHostBulk',
  operationName: 'siteUpdateStaticHostBulk',
  query: `mutation siteUpdateStaticHostBulk($accountId: ID!, $updateStaticHostBulkInput: UpdateStaticHostBulkInput!) {
  site(accountId: $accountId) { result: updateStaticHostBulk(input: $updateStaticHostBulkInput) { host { ${HOST} } } }
}`,
  answer: resultOf(z.object({ host: z.array(Host) })),
};

const ADD = {
  operation: 'addStaticHost',
  operationName: 'siteAddStaticHost',
  query: `mutation siteAddStaticHost($accountId: ID!, $siteId: ID!, $addStaticHostInput: AddStaticHostInput!) {
  site(accountId: $accountId) { result: addStaticHost(siteId: $siteId, input: $addStaticHostInput) { hostId } }
}`,
  answer: resultOf(Changed),
};

const UPDATE = {
  operation: 'updateStaticHost',
  operationName: 'siteUpdateStaticHost',
  query: `mutation siteUpdateStaticHost($accountId: ID!, $hostId: ID!, $updateStaticHostInput: UpdateStaticHostInput!) {
  site(accountId: $accountId) { result: updateStaticHost(hostId: $hostId, input: $updateStaticHostInput) { hostId } }
}`,
  answer: resultOf(Changed),
};

const REMOVE = {
  operation: 'removeStaticHost',
  operationName: 'siteRemoveStaticHost',
  query: `mutation siteRemoveStaticHost($accountId: ID!, $hostId: ID!) {
  site(accountId: $accountId) { result: removeStaticHost(hostId: $hostId) { hostId } }
}`,
  answer: resultOf(Changed),
};

interface HostCall {
  connection: VendorConnection;
  signal: AbortSignal;
  variables: Record<string, unknown>;
  siteId?: string;
  /** The hosts that the call is about, by the field that they are sent in. */
  sent?: SentHosts;
}

async function call<T>(
  document: { operation: string; operationName: string; query: string; answer: z.ZodType<T> },
  { connection, signal, variables, siteId, sent = {} }: HostCall,
): Promise<T> {
  const request = {
    ...document,
    variables: { ...variables, accountId: connection.accountId },
    ownWords: wordsOf(sent),
  };
  try {
    return await callCato(connection, request, signal);
  } catch (error) {
    throw explained(error, sent, siteId);
  }
}

const siteRef = (siteId: string) => ({ by: 'ID', input: siteId });

/** Null and absent mean the same to the vendor; absent is what its own clients send. */
const inputOf = ({ name, ip, macAddress }: NewStaticHost) => ({
  name,
  ip,
  ...(macAddress === null || macAddress === undefined ? {} : { macAddress }),
});

/**
 * All static hosts of a site, ours or not.
 *
 * Cato API: `staticHostList(site)` answers `items`, all of the site at once: it has neither pages nor a total. The
 * paged `entityLookup` of type `host` is not used: 30 calls a minute, 1,500 in five hours, shared with Terraform, and
 * without MAC addresses. An id that comes twice is taken for an unreadable answer.
 */
export async function listStaticHosts(
  siteId: string,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<StaticHost[]> {
  const variables = { siteRefInput: siteRef(siteId) };
  const { items } = await call(LIST, { connection, signal, variables, siteId });
  if (new Set(items.map(({ hostId }) => hostId)).size !== items.length) {
    throw new VendorFaultError({
      code: 'VENDOR_UNAVAILABLE',
      message: `${LIST.operationName}: the list names a host twice`,
      retryable: true,
    });
  }
  return items;
}

/**
 * Adds and removes hosts of one site in one call; answers all hosts of the site as they are then.
 *
 * Cato API: `updateSiteStaticHosts(input: {site, hostToAdd, hostToRemove})`; its full set (`host`), which would remove
 * what is not ours, is never sent. Marked beta. No limit on the number of hosts is documented: 50 to 100 are well. It
 * is not documented either that a refused call has changed nothing, or whether removals come before additions, so
 * that a name which moves from a removed host to an added one may be refused: `updateStaticHosts` needs no such luck.
 */
export async function changeStaticHosts(
  siteId: string,
  { add, remove }: StaticHostChanges,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<StaticHost[]> {
  const updateSiteStaticHostsInput = {
    site: siteRef(siteId),
    ...(add.length > 0 ? { hostToAdd: add.map(inputOf) } : {}),
    ...(remove.length > 0 ? { hostToRemove: remove.map(({ hostId }) => ({ hostId })) } : {}),
  };
  const { host } = await call(CHANGE, {
    connection,
    signal,
    variables: { updateSiteStaticHostsInput },
    siteId,
    sent: { hostToAdd: add, hostToRemove: remove },
  });
  return host;
}

/**
 * Changes hosts of one site in place in one call, ids staying what they are; answers the changed hosts.
 *
 * Cato API: `updateStaticHostBulk(input: {site, host: [{hostId, name?, ip?, macAddress?}]})`. Marked beta; what is not
 * documented of `updateSiteStaticHosts` is not of this one. Two hosts that swap a name or an address may be refused.
 */
export async function updateStaticHosts(
  siteId: string,
  hosts: readonly (StaticHostUpdate & Pick<StaticHost, 'hostId'>)[],
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<StaticHost[]> {
  const host = hosts.map(({ hostId, name, ip, macAddress }) => ({ hostId, name, ip, macAddress }));
  const variables = { updateStaticHostBulkInput: { site: siteRef(siteId), host } };
  const answer = await call(UPDATE_BULK, { connection, signal, variables, siteId, sent: { host: hosts } });
  return answer.host;
}

/** Adds one host; answers its id. Cato API: `addStaticHost(siteId, input: {name, ip, macAddress?})`. */
export async function addStaticHost(
  siteId: string,
  host: NewStaticHost,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<string> {
  const variables = { siteId, addStaticHostInput: inputOf(host) };
  const { hostId } = await call(ADD, { connection, signal, variables, siteId, sent: { host: [host] } });
  return hostId;
}

/** Changes one host in place. Cato API: `updateStaticHost(hostId, input: {name?, ip?, macAddress?})`, no site needed. */
export async function updateStaticHost(
  hostId: string,
  { name, ip, macAddress }: StaticHostUpdate,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<void> {
  const variables = { hostId, updateStaticHostInput: { name, ip, macAddress } };
  await call(UPDATE, { connection, signal, variables, sent: { host: [{ hostId, name, ip }] } });
}

/**
 * Removes one host. Cato API: `removeStaticHost(hostId)`, no site needed. A host that is gone is a
 * StaticHostsRefusedError with `missing`, which for a removal is as good as success.
 */
export async function removeStaticHost(
  hostId: string,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<void> {
  await call(REMOVE, { connection, signal, variables: { hostId }, sent: { host: [{ hostId }] } });
}
