import { answerJson, Refused } from './answers.js';
import { pageOf, param, wrapped, type Call, type Route } from './call.js';
import { listAt, namesIn, textAt, type JsonObject } from './json.js';
import type { AccountStore, Appliance } from './store.js';

export const applianceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/vnms/appliance/appliance',
    operation: 'appliance:list',
    handler: (call) => list(call),
  },
  {
    method: 'GET',
    path: '/vnms/appliance/filter/{organization}',
    operation: 'appliance:filter',
    handler: (call) => list(call, param(call, 'organization')),
  },
  {
    method: 'GET',
    path: '/vnms/cloud/systems/getAllAppliancesBasicDetails',
    operation: 'appliance:basicDetails',
    handler: basicDetails,
  },
  {
    method: 'POST',
    path: '/vnms/template/deviceGroup/deviceStatus',
    operation: 'deviceGroup:deviceStatus',
    handler: deviceStatus,
  },
];

function list(call: Call, organization?: string) {
  const { account } = call;
  const all = [...account.appliances.values()];
  const wanted = organization === undefined ? all : all.filter(({ ownerOrg }) => ownerOrg === organization);
  const { items, totalCount } = pageOf(call, wanted);
  return answerJson(200, {
    'versanms.ApplianceStatusResult': { totalCount, appliances: items.map((one) => describe(account, one)) },
  });
}

function describe(account: AccountStore, appliance: Appliance): JsonObject {
  return {
    name: appliance.name,
    uuid: appliance.uuid,
    applianceLocation: { applianceName: appliance.name, ...appliance.location },
    'ping-status': 'REACHABLE',
    'sync-status': account.syncStatus(appliance),
    'services-status': 'GOOD',
    templateStatus: account.syncStatus(appliance),
    ownerOrg: appliance.ownerOrg,
    type: 'branch',
    softwareVersion: '22.1.3',
    branchId: appliance.branchId,
    Hardware: { serialNo: appliance.serialNumber },
    deviceGroup: appliance.deviceGroup,
  };
}

function basicDetails(call: Call) {
  const { items, totalCount } = pageOf(call, [...call.account.appliances.values()]);
  return answerJson(200, {
    totalCount,
    'appliance-list': items.map(({ name, uuid, branchId }) => ({
      name,
      uuid,
      // From a range for documents: the simulated devices are nowhere.
      ipAddress: `198.51.100.${Number(branchId) % 255}`,
      appType: 'branch',
      branchId,
    })),
  });
}

function deviceStatus({ account, body }: Call) {
  const request = wrapped(body, 'versanms.deviceGroups');
  const template = textAt(request, 'template-name');
  const groups = namesIn(listAt(request, 'deviceGroupDataList'));
  const missing = groups.find((name) => !account.deviceGroups.has(name));
  if (missing !== undefined) throw Refused.notFound(`device group ${missing}`);
  const devices = [...account.appliances.values()].filter(
    (one) => groups.includes(one.deviceGroup) && (template === '' || one.template === template),
  );
  return answerJson(200, {
    'versanms.deviceStatusResult': {
      deviceStatusList: devices.map((one) => ({
        name: one.name,
        status: 'REACHABLE',
        syncStatus: account.syncStatus(one),
      })),
    },
  });
}
