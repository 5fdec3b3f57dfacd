import type { WantedDevice } from '../devices.js';
import type { VendorFault } from '../faults.js';
import { VersaDevice } from './device-spec.js';
import type { Attribute, Bindings, DeviceWorkflow } from './device-workflows.js';
import { isSamePlace, type SiteOutputs } from './site-outputs.js';

/** A device as the Director has it. */
export interface FoundDevice {
  workflow: DeviceWorkflow;
  /** The appliance does not have all that its workflow and its template say. */
  isOutOfSync: boolean;
}

export interface SiteOfRound extends SiteOutputs {
  organization: string;
}

/** What is to be done about a device, next. */
export type DeviceStep =
  | { kind: 'nothing' }
  | { kind: 'refuse'; fault: VendorFault }
  | { kind: 'remove' }
  | { kind: 'create'; workflow: DeviceWorkflow }
  /** Its workflow is replaced and deployed. */
  | { kind: 'replace'; workflow: DeviceWorkflow }
  | { kind: 'deploy' }
  /** Its variables alone differ: they are bound, and the template committed. */
  | { kind: 'bind'; bindings: Bindings };

/**
 * A device of our name is ours when it is in the site's group, and we may have put it there. Of a group it can only be
 * one, so that one which has gone to another group is not ours any more.
 */
export function stepFor(
  device: WantedDevice,
  name: string,
  { found, site }: { found: FoundDevice | undefined; site: SiteOfRound },
): DeviceStep {
  const workflow = found?.workflow;
  const isOurs =
    workflow?.deviceGroup === site.deviceGroup && (device.applied !== undefined || device.mayExist);
  if (device.spec === undefined) return { kind: isOurs ? 'remove' : 'nothing' };
  const spec = VersaDevice.parse(device.spec);
  if (found === undefined || workflow === undefined) {
    return { kind: 'create', workflow: workflowOf(spec, name, { site, before: undefined }) };
  }
  if (!isOurs) return { kind: 'refuse', fault: nameTaken(workflow) };
  const wanted = workflowOf(spec, name, { site, before: workflow });
  if (!isSameHardware(workflow, wanted)) return { kind: 'replace', workflow: wanted };
  const bindings = bindingsOf(wanted);
  const isBound = isSameBinding(bindingsOf(workflow), bindings);
  if (workflow.status !== 'Deployed')
    return isBound ? { kind: 'deploy' } : { kind: 'replace', workflow: wanted };
  if (!isBound && bindings !== undefined) return { kind: 'bind', bindings };
  // Somebody was interrupted, and nobody knows how far the change has come: a deploy brings all of it.
  return { kind: found.isOutOfSync ? 'deploy' : 'nothing' };
}

const nameTaken = ({ deviceName, deviceGroup }: DeviceWorkflow): VendorFault => ({
  code: 'NAME_TAKEN',
  message: `the Director has a device named ${deviceName} in group ${deviceGroup} that is not ours`,
  retryable: false,
});

/** The id of a new one is not known yet. */
function workflowOf(
  { serialNumber, variables }: VersaDevice,
  deviceName: string,
  { site, before }: { site: SiteOfRound; before: DeviceWorkflow | undefined },
): DeviceWorkflow {
  const { deviceGroup, templateName, organization, location } = site;
  const own: Attribute[] = Object.entries(variables).map(([name, value]) => ({
    name: `{$${name}}`,
    value,
    isAutogeneratable: false,
  }));
  const names = new Set(own.map(({ name }) => name));
  // What the Director has made up itself is the Director's.
  const made = attributesOf(before).filter(
    ({ name, isAutogeneratable }) => isAutogeneratable === true && !names.has(name),
  );
  const binding = { attrs: [...made, ...own] };
  return {
    deploymentType: 'physical',
    ...before,
    deviceName,
    siteId: before?.siteId ?? '',
    orgName: organization,
    serialNumber,
    deviceGroup,
    locationInfo: location,
    postStagingTemplateInfo: {
      ...before?.postStagingTemplateInfo,
      templateName,
      templateData: {
        'device-template-variable': { template: templateName, 'variable-binding': binding },
      },
    },
  };
}

const isSameHardware = (one: DeviceWorkflow, other: DeviceWorkflow): boolean =>
  one.serialNumber === other.serialNumber &&
  one.siteId === other.siteId &&
  one.postStagingTemplateInfo?.templateName === other.postStagingTemplateInfo?.templateName &&
  isSamePlace(one.locationInfo, other.locationInfo ?? {});

const bindingsOf = (workflow: DeviceWorkflow): Bindings | undefined =>
  workflow.postStagingTemplateInfo?.templateData ?? undefined;

function attributesOf(workflow: DeviceWorkflow | undefined): readonly Attribute[] {
  const bindings = workflow && bindingsOf(workflow);
  return bindings?.['device-template-variable']['variable-binding']?.attrs ?? [];
}

const valuesOf = (bindings: Bindings | undefined): string =>
  (bindings?.['device-template-variable']['variable-binding']?.attrs ?? [])
    .map(({ name, value }) => JSON.stringify([name, value ?? '']))
    .toSorted()
    .join();

const isSameBinding = (one: Bindings | undefined, other: Bindings | undefined): boolean =>
  valuesOf(one) === valuesOf(other);
