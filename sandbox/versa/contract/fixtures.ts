import { at, ORG, textIn, type DirectorClient, type Reply } from './director-client.js';

export const TEMPLATE = 'acme-paris';
export const GROUP = 'acme-paris-group';
export const WORKFLOWS = '/vnms/sdwan/workflow/templates/template';
export const DEVICE = '/vnms/sdwan/workflow/devices/device';
export const CONFIG = `/api/config/devices/template/${TEMPLATE}/config`;

export const templateBody = (name = TEMPLATE) => ({
  'versanms.sdwan-template-workflow': {
    templateName: name,
    orgName: ORG,
    templateType: 'sdwan-post-staging',
  },
});

export const groupBody = (name = GROUP, template = TEMPLATE) => ({
  'device-group': {
    name,
    'dg:organization': ORG,
    'dg:poststaging-template': template,
    'dg:enable-2factor-auth': false,
    'dg:ca-config-on-branch-notification': false,
    'dg:staging-controller': 'controller-1',
    'template-association': [],
    'inventory-name': [],
  },
});

/** A template, deployed, and a device group that uses it: what a site is. */
export async function addSite(client: DirectorClient): Promise<void> {
  await client.call('POST', WORKFLOWS, templateBody());
  await client.call('POST', `${WORKFLOWS}/deploy/${TEMPLATE}`);
  await client.call('POST', '/nextgen/deviceGroup', groupBody());
}

export const attributes = (values: Record<string, string>) => ({
  'device-template-variable': {
    template: TEMPLATE,
    'variable-binding': {
      attrs: Object.entries(values).map(([name, value]) => ({ name, value, isAutogeneratable: false })),
    },
  },
});

export const deviceBody = (
  name: string,
  more: Record<string, unknown> = {},
  values: Record<string, string> = {},
) => ({
  'versanms.sdwan-device-workflow': {
    siteId: String(500 + (Number(/\d+$/.exec(name)?.[0]) || 0)),
    deviceName: name,
    orgName: ORG,
    serialNumber: `SN-${name}`,
    deviceGroup: GROUP,
    deploymentType: 'physical',
    locationInfo: { city: 'Paris', state: 'IDF', country: 'France', latitude: '48.85', longitude: '2.35' },
    postStagingTemplateInfo: { templateName: TEMPLATE, templateData: attributes(values) },
    ...more,
  },
});

export const taskIn = ({ body }: Reply): string => textIn(body, 'TaskResponse', 'task-id');

export async function startDeploy(client: DirectorClient, name: string): Promise<string> {
  return taskIn(await client.send('POST', `${DEVICE}/deploy/${name}`));
}

/** Onboards devices up to the appliances that they become. */
export async function onboard(client: DirectorClient, ...names: string[]): Promise<void> {
  for (const name of names) {
    await client.call('POST', DEVICE, deviceBody(name));
    const { status, errors } = await client.ended(await startDeploy(client, name));
    if (status !== 'COMPLETED') throw new Error(`${name}: ${errors.join('; ')}`);
  }
}

export const commitBody = (devices: string[], mode = 'overwrite') => ({
  'versanms.templateRequest': { 'device-list': devices, mode, reboot: 'false' },
});

export async function startCommit(client: DirectorClient, devices: string[], mode?: string): Promise<string> {
  const path = `/vnms/template/applyTemplate/${TEMPLATE}/devices`;
  const body = await client.call('POST', path, commitBody(devices, mode));
  return textIn(body, 'versanms.templateResponse', 'taskId');
}

export const applianceNames = async (client: DirectorClient): Promise<string[]> =>
  Object.keys(await client.syncStatuses());

export const errorTag = ({ body }: Reply): unknown => at(body, 'errors', 'error', 0, 'error-tag');
