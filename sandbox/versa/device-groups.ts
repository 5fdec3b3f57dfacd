import { answerJson, answerNothing, ERROR_CODES, Refused } from './answers.js';
import { wrapped, type Call, type Route } from './call.js';
import { textAt, type JsonObject } from './json.js';
import { checkOrganization, nameInPath } from './organizations.js';
import type { DeviceGroup } from './store.js';

const BODY = 'device-group';
const GROUPS = '/nextgen/deviceGroup';

export const deviceGroupRoutes: readonly Route[] = [
  { method: 'POST', path: GROUPS, operation: 'deviceGroup:create', handler: create },
  { method: 'GET', path: GROUPS, operation: 'deviceGroup:list', handler: list },
  { method: 'GET', path: `${GROUPS}/deviceGroupNames`, operation: 'deviceGroup:names', handler: names },
  { method: 'GET', path: `${GROUPS}/{name}`, operation: 'deviceGroup:get', handler: get },
  { method: 'PUT', path: `${GROUPS}/{name}`, operation: 'deviceGroup:update', handler: update },
  { method: 'DELETE', path: `${GROUPS}/{name}`, operation: 'deviceGroup:delete', handler: remove },
];

function groupNamed({ account }: Call, name: string): DeviceGroup {
  const group = account.deviceGroups.get(name);
  if (!group) throw Refused.notFound(`device group ${name}`);
  return group;
}

const describe = ({ account }: Call, { name, body }: DeviceGroup): JsonObject => ({
  ...body,
  'inventory-name': account.inventoryOf(name),
});

function ofOrganization({ account, query }: Call): DeviceGroup[] {
  const organization = query.get('organization');
  return [...account.deviceGroups.values()].filter(
    ({ body }) => !organization || textAt(body, 'dg:organization') === organization,
  );
}

function create(call: Call) {
  const { account, body } = call;
  const group = wrapped(body, BODY);
  const name = textAt(group, 'name');
  if (name === '') throw Refused.invalid('name is missing');
  checkOrganization(call, textAt(group, 'dg:organization'));
  if (account.deviceGroups.has(name))
    throw new Refused(400, ERROR_CODES.exists, `device group ${name} exists already`);
  account.deviceGroups.set(name, { name, body: group });
  return answerJson(201, { [BODY]: group });
}

function list(call: Call) {
  return answerJson(200, { [BODY]: ofOrganization(call).map((group) => describe(call, group)) });
}

function names(call: Call) {
  return answerJson(200, { [BODY]: ofOrganization(call).map(({ name }) => name) });
}

function get(call: Call) {
  return answerJson(200, { [BODY]: describe(call, groupNamed(call, nameInPath(call))) });
}

function update(call: Call) {
  const group = groupNamed(call, nameInPath(call));
  const body = wrapped(call.body, BODY);
  checkOrganization(call, textAt(body, 'dg:organization'));
  group.body = { ...body, name: group.name };
  return answerJson(200, { [BODY]: describe(call, group) });
}

function remove(call: Call) {
  const group = groupNamed(call, nameInPath(call));
  const [device] = call.account.inventoryOf(group.name);
  if (device !== undefined)
    throw new Refused(400, ERROR_CODES.failed, `device group ${group.name} is in use by ${device}`);
  call.account.deviceGroups.delete(group.name);
  return answerNothing(204);
}
