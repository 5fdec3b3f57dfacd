import { VendorFaultError } from '../faults.js';
import { isMarkedAs, ownershipMark } from '../ownership-mark.js';
import type { VendorConnection } from '../connection.js';
import type { DirectConvergence, SiteToConverge } from '../vendor.js';
import { runInBulk } from './bulk.js';
import {
  createDeviceGroup,
  deleteDeviceGroup,
  findDeviceGroup,
  outOfSyncDevices,
  updateDeviceGroup,
} from './device-groups.js';
import {
  deleteWorkflow,
  deployWorkflows,
  listWorkflows,
  updateWorkflow,
  type DeviceWorkflow,
} from './device-workflows.js';
import { outputsOf, isSamePlace, type SiteOutputs } from './site-outputs.js';
import { VersaSite } from './site-spec.js';
import { forEachOf } from './slots.js';
import { endOfTask, refusalOfTaskEnd } from './tasks.js';
import {
  commitTemplate,
  createTemplate,
  deleteTemplate,
  deployTemplate,
  findTemplate,
  updateTemplate,
  type TemplateWorkflow,
} from './templates.js';

/*
 * A site is a template of its own and a device group of the same name whose devices get that template. The template's
 * workflow carries our mark in its description; the group is ours when its template is. A device is an appliance
 * that the device workflow onboards into the group. A changed site reaches its devices by a commit of the template, a
 * moved one by a deploy of their workflows.
 */

interface Run {
  connection: VendorConnection;
  signal: AbortSignal;
}

/** Devices that are changed or removed one by one, so many at a time. */
const DEVICES_AT_ONCE = 4;

export const siteConvergence: DirectConvergence = {
  kind: 'direct',
  callsOfRun: {
    'template:get': 1,
    'deviceGroup:get': 1,
    'template:create': 1,
    'template:deploy': 1,
    'deviceGroup:create': 1,
  },
  converge,
  remove,
};

async function converge(
  site: SiteToConverge,
  { mayExist, ...run }: Run & { mayExist: boolean },
): Promise<Record<string, unknown>> {
  const { connection, signal } = run;
  const spec = VersaSite.parse(site.spec);
  const outputs = outputsOf(site.vendorName, spec);
  const [template, group] = await lookUp(site, run);
  if (template !== undefined && !isMarkedAs(template.description, site.resourceId))
    throw taken('template', site);
  const isForeign = group !== undefined && group['poststaging-template'] !== site.vendorName;
  if (isForeign || (group !== undefined && template === undefined && !mayExist)) {
    throw taken('device group', site);
  }
  await convergeTemplate(site, { template, spec }, run);
  const [stagingController = ''] = spec.controllers;
  const draft = { name: site.vendorName, template: site.vendorName, stagingController };
  if (group === undefined) {
    await createDeviceGroup(connection, draft, signal);
    return { ...outputs };
  }
  if (group['staging-controller'] !== stagingController) {
    await updateDeviceGroup(connection, draft, { group, signal });
  }
  await convergeDevicesOf(outputs, run);
  return { ...outputs };
}

const lookUp = ({ vendorName }: SiteToConverge, { connection, signal }: Run) =>
  Promise.all([
    findTemplate(connection, vendorName, signal),
    findDeviceGroup(connection, vendorName, signal),
  ]);

async function convergeTemplate(
  site: SiteToConverge,
  { template, spec }: { template: TemplateWorkflow | undefined; spec: VersaSite },
  { connection, signal }: Run,
): Promise<void> {
  const wanted = {
    description: spec.description + ownershipMark(site.resourceId),
    controllers: spec.controllers,
    solutionTier: spec.solutionTier,
    bandwidth: spec.bandwidthMbps === undefined ? undefined : String(spec.bandwidthMbps),
  };
  if (template === undefined) {
    const { accountId } = connection;
    const workflow = {
      templateName: site.vendorName,
      templateType: 'sdwan-post-staging',
      orgName: accountId,
      providerOrg: { name: accountId },
      ...wanted,
    };
    await createTemplate(connection, workflow, signal);
  } else if (differs(template, wanted)) {
    await updateTemplate(connection, { ...template, ...wanted }, signal);
  } else if (template.status === 'Deployed') {
    return;
  }
  await deployTemplate(connection, site.vendorName, signal);
}

type Wanted = Pick<TemplateWorkflow, 'description' | 'controllers' | 'solutionTier' | 'bandwidth'>;

const differs = (template: TemplateWorkflow, wanted: Wanted): boolean =>
  template.description !== wanted.description ||
  (template.controllers ?? []).join(' ') !== (wanted.controllers ?? []).join(' ') ||
  (template.solutionTier ?? undefined) !== wanted.solutionTier ||
  (template.bandwidth ?? undefined) !== wanted.bandwidth;

/** What a change of the site means to the devices that it has. */
async function convergeDevicesOf(
  { deviceGroup, templateName, location }: SiteOutputs,
  run: Run,
): Promise<void> {
  const { connection, signal } = run;
  const devices = await workflowsIn(deviceGroup, run);
  const moved = devices.filter(({ locationInfo }) => !isSamePlace(locationInfo, location));
  await forEachOf(moved, DEVICES_AT_ONCE, (workflow) =>
    updateWorkflow(connection, { ...workflow, locationInfo: location }, signal),
  );
  const deployed = new Set(namesOf(devices.filter(({ status }) => status === 'Deployed')));
  const toDeploy = namesOf(moved).filter((name) => deployed.has(name));
  await inBulk(toDeploy, (names) => deployWorkflows(connection, names, signal), run);
  const outOfSync = devices.length === 0 ? [] : await outOfSyncDevices(connection, deviceGroup, signal);
  await inBulk([...outOfSync], (names) => commitTemplate(connection, templateName, names, signal), run);
}

const namesOf = (workflows: readonly DeviceWorkflow[]): string[] =>
  workflows.map(({ deviceName }) => deviceName);

/** A site is not as wanted while one of its devices is not; the others have it, and are left alone the next time. */
async function inBulk(
  devices: readonly string[],
  start: (names: readonly string[]) => Promise<string>,
  run: Run,
): Promise<void> {
  let refused: VendorFaultError | undefined;
  const refuse = (device: string, { fault }: VendorFaultError) => {
    refused ??= new VendorFaultError({ ...fault, message: `${device}: ${fault.message}` });
  };
  await runInBulk(devices, { start, refuse, ...run });
  if (refused !== undefined) throw refused;
}

async function workflowsIn(group: string, { connection, signal }: Run): Promise<DeviceWorkflow[]> {
  return (await listWorkflows(connection, signal)).filter(({ deviceGroup }) => deviceGroup === group);
}

/** Devices first: a group with devices stays, and so does a template that devices have. */
async function remove(site: SiteToConverge, run: Run): Promise<void> {
  const { connection, signal } = run;
  const [template, group] = await lookUp(site, run);
  if (template !== undefined && !isMarkedAs(template.description, site.resourceId)) return;
  if (group?.['poststaging-template'] === site.vendorName) {
    await forEachOf(await workflowsIn(site.vendorName, run), DEVICES_AT_ONCE, async ({ deviceName }) => {
      const task = await deleteWorkflow(connection, deviceName, signal);
      const refusal = task && refusalOfTaskEnd(await endOfTask(connection, task, signal));
      if (refusal) throw refusal;
    });
    await deleteDeviceGroup(connection, site.vendorName, signal);
  }
  if (template !== undefined) await deleteTemplate(connection, site.vendorName, signal);
}

const taken = (what: string, { vendorName }: SiteToConverge) =>
  new VendorFaultError({
    code: 'NAME_TAKEN',
    message: `the Director has a ${what} named ${vendorName} that is not ours`,
    retryable: false,
  });
