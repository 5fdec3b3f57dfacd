import { randomUUID } from 'node:crypto';
import { answerJson, ERROR_CODES, Refused } from './answers.js';
import { pageOf, param, type Call, type Route } from './call.js';
import { isObject, objectAt, textAt } from './json.js';

export const organizationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/operational/system/package-info',
    operation: 'system:packageInfo',
    handler: ({ settings: { branch } }) =>
      answerJson(200, { 'package-info': [{ name: 'versa-director', branch, 'major-version': branch }] }),
  },
  { method: 'GET', path: '/vnms/organization/orgs', operation: 'organization:list', handler: list },
  { method: 'GET', path: '/nextgen/organization', operation: 'organization:list', handler: listPlain },
  { method: 'POST', path: '/nextgen/organization', operation: 'organization:create', handler: create },
  { method: 'GET', path: '/nextgen/organization/roots', operation: 'organization:roots', handler: roots },
  {
    method: 'GET',
    path: '/vnms/sdwan/global/Branch/availableId/withSerialNumber',
    operation: 'globalId:branch',
    handler: (call) => answerJson(200, { AvailableIDResponseModel: { branchId: String(nextId(call)) } }),
  },
  {
    method: 'GET',
    path: '/vnms/sdwan/global/{scope}/availableId',
    operation: 'globalId:one',
    handler: (call) => answerJson(200, { AvailableIDResponseModel: { branchId: String(nextId(call)) } }),
  },
  {
    method: 'GET',
    path: '/vnms/sdwan/global/{scope}/availableIds/VRF',
    operation: 'globalId:vrf',
    handler: vrfIds,
  },
];

function list(call: Call) {
  const { items, totalCount } = pageOf(call, [...call.account.organizations.values()]);
  return answerJson(200, { totalCount, organizations: items });
}

function listPlain(call: Call) {
  return answerJson(200, pageOf(call, [...call.account.organizations.values()]).items);
}

function roots({ account }: Call) {
  return answerJson(
    200,
    [...account.organizations.values()].filter(({ parent }) => parent === null),
  );
}

function create({ account, body }: Call) {
  const sent = isObject(body) ? body : {};
  const name = textAt(sent, 'name') || textAt(objectAt(sent, 'organization'), 'name');
  if (name === '') throw Refused.invalid('name is missing');
  if (account.organizations.has(name))
    throw Refused.business(ERROR_CODES.exists, `organization ${name} exists already`);
  const organization = { name, uuid: randomUUID(), parent: account.id };
  account.organizations.set(name, organization);
  return answerJson(201, organization);
}

/** Reading reserves nothing at the vendor: two writers may be given the same id, and a deploy finds out. */
function nextId({ account, settings }: Call): number {
  const used = new Set([...account.appliances.values()].map(({ branchId }) => Number(branchId)));
  for (const { body } of account.workflows.values()) used.add(Number(textAt(body, 'siteId')));
  while (used.has(account.nextBranchId)) account.nextBranchId += 1;
  return settings.repeatAvailableIds ? account.nextBranchId : account.nextBranchId++;
}

function vrfIds(call: Call) {
  const count = Number(call.query.get('count') ?? '1');
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw Refused.invalid('count is no number of ids');
  const first = nextId(call);
  return answerJson(200, {
    SdwanGlobalIds: { globalIds: Array.from({ length: count }, (_, index) => first + index) },
  });
}

/** An organisation that a body names must be the caller's own or one below it. */
export function checkOrganization(call: Call, name: string): void {
  if (!call.account.organizations.has(name))
    throw Refused.business(ERROR_CODES.notFound, `organization ${name || '(none)'} does not exist`);
}

export const nameInPath = (call: Call): string => param(call, 'name');
