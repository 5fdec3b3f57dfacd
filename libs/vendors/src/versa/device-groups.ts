import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callVersa, pathOf, unlessGone } from './client.js';
import { withoutPrefixes } from './prefixes.js';

const DeviceGroup = z.looseObject({
  name: z.string(),
  organization: z.string().nullish(),
  'poststaging-template': z.string().nullish(),
  'staging-controller': z.string().nullish(),
});
type DeviceGroup = z.infer<typeof DeviceGroup>;

/** Some versions wrap one group by its kind, others do not. */
const Answer = z.preprocess(
  withoutPrefixes,
  z
    .union([z.object({ 'device-group': DeviceGroup }), DeviceGroup])
    .transform((answer) => DeviceGroup.parse('device-group' in answer ? answer['device-group'] : answer)),
);
const PATH = '/nextgen/deviceGroup';

export interface GroupDraft {
  name: string;
  template: string;
  stagingController: string;
}

export function findDeviceGroup(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<DeviceGroup | undefined> {
  const path = `${PATH}${pathOf`/${name}`}`;
  const request = { operation: 'deviceGroup:get', method: 'GET', path, answer: Answer } as const;
  return unlessGone(callVersa(connection, request, signal));
}

export async function createDeviceGroup(
  connection: VendorConnection,
  draft: GroupDraft,
  signal: AbortSignal,
): Promise<void> {
  const body = bodyOf(connection, draft, {});
  const request = {
    operation: 'deviceGroup:create',
    method: 'POST',
    path: PATH,
    body,
    answer: z.unknown(),
  } as const;
  await callVersa(connection, request, signal);
}

/** Associations and devices of the group stay what they are. */
export async function updateDeviceGroup(
  connection: VendorConnection,
  draft: GroupDraft,
  { group, signal }: { group: DeviceGroup; signal: AbortSignal },
): Promise<void> {
  const path = `${PATH}${pathOf`/${draft.name}`}`;
  const body = bodyOf(connection, draft, group);
  const request = {
    operation: 'deviceGroup:update',
    method: 'PUT',
    path,
    body,
    answer: z.unknown(),
  } as const;
  await callVersa(connection, request, signal);
}

const bodyOf = (
  { accountId }: VendorConnection,
  { name, template, stagingController }: GroupDraft,
  group: Record<string, unknown>,
) => ({
  'device-group': {
    name,
    'dg:organization': accountId,
    'dg:poststaging-template': template,
    'dg:enable-2factor-auth': group['enable-2factor-auth'] ?? false,
    'dg:ca-config-on-branch-notification': group['ca-config-on-branch-notification'] ?? false,
    'dg:staging-controller': stagingController,
    'template-association': group['template-association'] ?? [],
    'inventory-name': group['inventory-name'] ?? [],
  },
});

/** The group has to be empty. */
export async function deleteDeviceGroup(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `${PATH}${pathOf`/${name}`}`;
  const request = { operation: 'deviceGroup:delete', method: 'DELETE', path, answer: z.unknown() } as const;
  await unlessGone(callVersa(connection, request, signal));
}

const Statuses = z
  .object({
    'versanms.deviceStatusResult': z.object({
      deviceStatusList: z.array(z.object({ name: z.string(), syncStatus: z.string().nullish() })),
    }),
  })
  .transform((answer) => answer['versanms.deviceStatusResult'].deviceStatusList);

/** Devices of a group which do not have what the Director has for them. */
export async function outOfSyncDevices(
  connection: VendorConnection,
  group: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const request = { deviceGroupDataList: [{ name: group }] };
  const statuses = await unlessGone(
    callVersa(
      connection,
      {
        operation: 'deviceGroup:deviceStatus',
        method: 'POST',
        path: '/vnms/template/deviceGroup/deviceStatus',
        body: { 'versanms.deviceGroups': request },
        answer: Statuses,
      },
      signal,
    ),
  );
  return new Set(statuses?.filter(({ syncStatus }) => syncStatus === 'OUT_OF_SYNC').map(({ name }) => name));
}
