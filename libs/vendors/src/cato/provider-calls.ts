import { z } from 'zod';
import type { PlannedRun, ProviderAnswer, ProviderCalls } from '../provider-calls.js';
import { errorsOfBody, faultOfAnswer, messageOf } from './faults.js';
import { calledFields } from './graphql-fields.js';
import type { CatoSite } from './site-spec.js';

type Calls = Record<string, number>;

/*
 * What the resources of the provider call (terraform-provider-cato 0.0.96: resource_site_ipsec.go,
 * hydrate_ipsec_site_api.go, resource_bgp_peer.go).
 */
const READ_SITE: Calls = { entityLookup: 3, accountSnapshot: 1 };
const CREATE_SITE: Calls = {
  addIpsecIkeV2Site: 1,
  updateIpsecIkeV2SiteGeneralDetails: 1,
  addIpsecIkeV2SiteTunnels: 1,
  entityLookup: 4,
  accountSnapshot: 1,
};
const UPDATE_SITE: Calls = {
  updateSiteGeneralDetails: 1,
  updateNetworkRange: 1,
  updateIpsecIkeV2SiteGeneralDetails: 1,
  updateIpsecIkeV2SiteTunnels: 1,
  ...READ_SITE,
};
const DELETE_SITE: Calls = { entityLookup: 1, removeSite: 1 };
const FIND_SITE: Calls = { entityLookup: 1, bgpPeerList: 1 };

const sum = (...all: readonly Calls[]): Calls => {
  const total: Calls = {};
  for (const calls of all) {
    for (const [operation, count] of Object.entries(calls)) {
      if (count > 0) total[operation] = (total[operation] ?? 0) + count;
    }
  }
  return total;
};

const atMost = (one: Calls, other: Calls): Calls =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((operation) => [
      operation,
      Math.max(one[operation] ?? 0, other[operation] ?? 0),
    ]),
  );

const peersOf = (spec: CatoSite | undefined): string[] =>
  (spec?.tunnels ?? []).filter(({ bgp }) => bgp !== undefined).map(({ name }) => name);

/** @param asCato reads a spec from the ledger */
export function catoProviderCalls(asCato: (spec: Record<string, unknown>) => CatoSite): ProviderCalls {
  return {
    ofRun: (run) => callsOfRun(run, asCato),
    operationsOf: ({ method, body }) => (method === 'POST' ? operationsOf(body) : []),
    refusal,
  };
}

function callsOfRun(
  { action, step, refresh, applied, next }: PlannedRun,
  asCato: (spec: Record<string, unknown>) => CatoSite,
): Calls {
  const there = peersOf(applied === undefined ? undefined : asCato(applied));
  const wanted = peersOf(asCato(next));
  const kept = wanted.filter((name) => there.includes(name)).length;
  const readAll = sum(READ_SITE, { bgpPeer: Math.max(there.length, wanted.length) });
  const create = sum(CREATE_SITE, { addBgpPeer: wanted.length });
  const update = sum(UPDATE_SITE, {
    updateBgpPeer: kept,
    addBgpPeer: wanted.length - kept,
    removeBgpPeer: there.length - kept,
  });
  const remove = sum(DELETE_SITE, { removeBgpPeer: Math.max(there.length, wanted.length) });
  if (step === 'reconcile') {
    // What was found is imported, read and updated; or it is removed, and made anew.
    if (action === 'delete') return sum(FIND_SITE, readAll, remove);
    const adopt = sum(readAll, readAll, update, { updateBgpPeer: wanted.length - kept });
    return sum(FIND_SITE, atMost(adopt, sum({ removeSite: 1 }, create)));
  }
  if (action === 'delete') return refresh ? sum(readAll, remove) : remove;
  if (step === 'apply') return create;
  return refresh ? sum(readAll, update) : update;
}

const Request = z.object({ query: z.string(), operationName: z.string().nullish() });

/** Clients send the same few documents again and again. */
const MAX_DOCUMENTS = 500;
const documents = new Map<string, string[]>();

function operationsOf(body: Buffer): string[] {
  let request: z.infer<typeof Request>;
  try {
    request = Request.parse(JSON.parse(body.toString('utf8')));
  } catch {
    // The vendor refuses it before it counts it.
    return [];
  }
  const { query, operationName } = request;
  const name = operationName === '' ? undefined : (operationName ?? undefined);
  const key = `${name ?? ''}\n${query}`;
  let fields = documents.get(key);
  if (fields === undefined) {
    if (documents.size >= MAX_DOCUMENTS) documents.clear();
    documents.set(key, (fields = calledFields(query, name)));
  }
  return fields;
}

/** Within status 200 it is an error of GraphQL, which says nothing about how long to wait. */
function refusal({ status, retryAfter, start }: ProviderAnswer) {
  const isRefused =
    status === 429 ||
    (start.includes('"errors"') &&
      faultOfAnswer(undefined, messageOf(errorsOfBody(start))).code === 'VENDOR_RATE_LIMITED');
  if (!isRefused) return undefined;
  const isNumber = retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter);
  return { retryAfterMs: isNumber ? Number(retryAfter) * 1000 : undefined };
}
