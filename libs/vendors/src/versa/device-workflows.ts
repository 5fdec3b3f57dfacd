import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callVersa, pathOf, unlessGone } from './client.js';
import { TaskStarted } from './tasks.js';

const Attribute = z.looseObject({
  name: z.string(),
  value: z.coerce.string().nullish(),
  isAutogeneratable: z.boolean().nullish(),
});
export type Attribute = z.infer<typeof Attribute>;

const Bindings = z.object({
  'device-template-variable': z.object({
    template: z.string().nullish(),
    'variable-binding': z.object({ attrs: z.array(Attribute).nullish() }).nullish(),
  }),
});
export type Bindings = z.infer<typeof Bindings>;

export const LocationInfo = z.object({
  country: z.coerce.string().nullish(),
  state: z.coerce.string().nullish(),
  city: z.coerce.string().nullish(),
  zip: z.coerce.string().nullish(),
  address1: z.coerce.string().nullish(),
  latitude: z.coerce.string().nullish(),
  longitude: z.coerce.string().nullish(),
});
export type LocationInfo = z.infer<typeof LocationInfo>;

/** A device's workflow: what the device is to be, and whether it has been deployed. Its name is its only key. */
const DeviceWorkflow = z.looseObject({
  deviceName: z.string(),
  siteId: z.coerce.string(),
  serialNumber: z.coerce.string(),
  deviceGroup: z.string(),
  orgName: z.string().nullish(),
  locationInfo: LocationInfo.nullish(),
  postStagingTemplateInfo: z
    .looseObject({ templateName: z.string().nullish(), templateData: Bindings.nullish() })
    .nullish(),
  status: z.string().nullish(),
});
export type DeviceWorkflow = z.infer<typeof DeviceWorkflow>;

const LIST = '/vnms/sdwan/workflow/devices';
const DEVICE = `${LIST}/device`;
const BODY = 'versanms.sdwan-device-workflow';
const One = z.object({ [BODY]: DeviceWorkflow });
const Page = z.object({
  totalCount: z.int().nullish(),
  'versanms.sdwan-device-list': z.array(DeviceWorkflow),
});
const PAGE_SIZE = 1000;

/** The workflows of the whole organisation: the vendor cannot search them by group. */
export async function listWorkflows(
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<DeviceWorkflow[]> {
  const found: DeviceWorkflow[] = [];
  for (;;) {
    const query = new URLSearchParams({ offset: String(found.length), limit: String(PAGE_SIZE) });
    const page = await callVersa(
      connection,
      { operation: 'device:list', method: 'GET', path: LIST, query, answer: Page },
      signal,
    );
    const list = page['versanms.sdwan-device-list'];
    found.push(...list);
    if (list.length < PAGE_SIZE || found.length === page.totalCount) return found;
  }
}

export async function findWorkflow(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<DeviceWorkflow | undefined> {
  const path = `${DEVICE}${pathOf`/${name}`}`;
  const request = { operation: 'device:get', method: 'GET', path, answer: One } as const;
  return (await unlessGone(callVersa(connection, request, signal)))?.[BODY];
}

/** An id that no device has. Reading it reserves nothing: another writer may be given the same one. */
export async function availableBranchId(connection: VendorConnection, signal: AbortSignal): Promise<string> {
  const { AvailableIDResponseModel } = await callVersa(
    connection,
    {
      operation: 'globalId:branch',
      method: 'GET',
      path: '/vnms/sdwan/global/Branch/availableId/withSerialNumber',
      answer: z.object({ AvailableIDResponseModel: z.object({ branchId: z.coerce.string() }) }),
    },
    signal,
  );
  return AvailableIDResponseModel.branchId;
}

/** Refused when there is a workflow of that name. */
export async function createWorkflow(
  connection: VendorConnection,
  workflow: DeviceWorkflow,
  signal: AbortSignal,
): Promise<void> {
  const body = { [BODY]: workflow };
  const request = {
    operation: 'device:create',
    method: 'POST',
    path: DEVICE,
    body,
    answer: z.unknown(),
  } as const;
  await callVersa(connection, request, signal);
}

/** Reaches the device with its next deploy. */
export async function updateWorkflow(
  connection: VendorConnection,
  workflow: DeviceWorkflow,
  signal: AbortSignal,
): Promise<void> {
  const { status: _status, ...body } = workflow;
  const path = `${DEVICE}${pathOf`/${workflow.deviceName}`}`;
  await callVersa(
    connection,
    { operation: 'device:update', method: 'PUT', path, body: { [BODY]: body }, answer: z.unknown() },
    signal,
  );
}

/** Changes the values of a device's variables alone. They reach the device with the next commit of its template. */
export async function updateBindings(
  connection: VendorConnection,
  { device, template, bindings }: { device: string; template: string; bindings: Bindings },
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf`/nextgen/binddata/templateData/template/${template}/device/${device}`;
  const request = {
    operation: 'bindData:update',
    method: 'PUT',
    path,
    body: bindings,
    answer: z.unknown(),
  } as const;
  await callVersa(connection, request, signal);
}

/** Makes appliances of workflows, any number in one task; answers the task. */
export function deployWorkflows(
  connection: VendorConnection,
  devices: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return callVersa(
    connection,
    {
      operation: 'device:bulkDeploy',
      method: 'POST',
      path: `${DEVICE}/bulkDeploy`,
      body: { 'device-list': devices },
      answer: TaskStarted,
    },
    signal,
  );
}

/** Answers the task that removes workflow and appliance, or undefined when they are gone. */
export function deleteWorkflow(
  connection: VendorConnection,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `${LIST}${pathOf`/${name}`}`;
  const request = { operation: 'device:delete', method: 'DELETE', path, answer: TaskStarted } as const;
  return unlessGone(callVersa(connection, request, signal));
}
