import { answerJson, ERROR_CODES, Refused } from './answers.js';
import { pageOf, wrapped, type Call, type Route } from './call.js';
import { isObject, listAt, namesIn, objectAt, textAt, type JsonObject } from './json.js';
import { checkOrganization, nameInPath } from './organizations.js';
import type { Template } from './store.js';

const BODY = 'versanms.sdwan-template-workflow';
const WORKFLOWS = '/vnms/sdwan/workflow/templates/template';

export const templateRoutes: readonly Route[] = [
  { method: 'GET', path: '/vnms/template/metadata', operation: 'template:list', handler: metadata },
  { method: 'POST', path: WORKFLOWS, operation: 'template:create', handler: create },
  { method: 'PUT', path: WORKFLOWS, operation: 'template:update', handler: update },
  { method: 'PUT', path: `${WORKFLOWS}/{name}`, operation: 'template:update', handler: update },
  { method: 'GET', path: `${WORKFLOWS}/{name}`, operation: 'template:get', handler: get },
  { method: 'DELETE', path: `${WORKFLOWS}/{name}`, operation: 'template:delete', handler: remove },
  {
    method: 'DELETE',
    path: '/vnms/sdwan/workflow/templates/{name}',
    operation: 'template:delete',
    handler: remove,
  },
  { method: 'POST', path: `${WORKFLOWS}/deploy/{name}`, operation: 'template:deploy', handler: deploy },
  {
    method: 'POST',
    path: '/vnms/template/applyTemplate/{name}/devices',
    operation: 'template:commit',
    handler: commit,
  },
];

export function templateNamed(call: Pick<Call, 'account'>, name: string): Template {
  const template = call.account.templates.get(name);
  if (!template) throw Refused.notFound(`template ${name}`);
  return template;
}

/** Nobody edits a template while it is being committed, or while somebody else holds it. */
function checkUnlocked({ account, tasks }: Call, template: Template): void {
  const holder = tasks.lockHolder(account, template);
  if (holder !== undefined)
    throw Refused.business(ERROR_CODES.busy, `template ${template.name} is locked by ${holder}`);
}

function metadata(call: Call) {
  const { query, account } = call;
  const organization = query.get('organization');
  const type = query.get('type');
  const wanted = [...account.templates.values()].filter(
    (one) => (!organization || one.organization === organization) && (!type || one.type === type),
  );
  const { items, totalCount } = pageOf(call, wanted);
  const template = items.map(({ name, organization: owner, type: kind, version }) => ({
    name,
    organization: owner,
    templateType: kind,
    version,
  }));
  return answerJson(200, { 'versanms.templates': { count: totalCount, template } });
}

const nameIn = (workflow: JsonObject): string => textAt(workflow, 'templateName') || textAt(workflow, 'name');

function create(call: Call) {
  const { account, body } = call;
  const workflow = wrapped(body, BODY);
  const name = nameIn(workflow);
  if (name === '') throw Refused.invalid('templateName is missing');
  if (account.templates.has(name))
    throw Refused.business(ERROR_CODES.exists, `template ${name} exists already`);
  const provider = workflow['providerTenant'];
  const organization =
    textAt(workflow, 'orgName') || (isObject(provider) ? textAt(provider, 'name') : '') || account.id;
  checkOrganization(call, organization);
  account.templates.set(name, {
    name,
    organization,
    type: 'MAIN',
    workflow,
    isDeployed: false,
    version: 1,
    lockedBy: null,
    config: initialConfig(organization),
  });
  return answerJson(200, { [BODY]: workflow });
}

/** What the vendor's workflow lays out for an organisation, as far as tunnels and BGP hang below it. */
export const initialConfig = (organization: string): JsonObject => ({
  orgs: { 'org-services': [{ name: organization }] },
  'routing-instances': {
    'routing-instance': [
      { name: `${organization}-LAN-VR`, 'instance-type': 'virtual-router' },
      { name: `${organization}-Control-VR`, 'instance-type': 'virtual-router' },
    ],
  },
});

function update(call: Call) {
  const workflow = wrapped(call.body, BODY);
  const template = templateNamed(call, nameInPath(call) || nameIn(workflow));
  checkUnlocked(call, template);
  template.workflow = workflow;
  template.isDeployed = false;
  return answerJson(200, { [BODY]: workflow });
}

function get(call: Call) {
  const { workflow, isDeployed } = templateNamed(call, nameInPath(call));
  return answerJson(200, { [BODY]: { ...workflow, status: isDeployed ? 'Deployed' : 'Saved' } });
}

/** A deployed workflow is a template; its devices do not have the change until they are committed. */
function deploy(call: Call) {
  const template = templateNamed(call, nameInPath(call));
  checkUnlocked(call, template);
  if (!template.isDeployed) call.account.editTemplate(template, template.config);
  template.isDeployed = true;
  return answerJson(200, { status: 'Deployed', templateName: template.name });
}

function remove(call: Call) {
  const { account } = call;
  const template = templateNamed(call, nameInPath(call));
  checkUnlocked(call, template);
  const user = [...account.appliances.values()].find((one) => one.template === template.name);
  if (user) throw Refused.business(ERROR_CODES.failed, `template ${template.name} is in use by ${user.name}`);
  account.templates.delete(template.name);
  return answerJson(200, {});
}

/** The vendor's bulk call: any number of devices in one task. The older form has its options in the query. */
function commit(call: Call) {
  const { account, body, query, tasks } = call;
  const template = templateNamed(call, nameInPath(call));
  const sent = isObject(body) ? body : {};
  const request = objectAt(sent, 'versanms.templateRequest');
  const older = objectAt(sent, 'versanms.devices');
  const devices = namesIn([
    ...listAt(request, 'device-list'),
    ...listAt(older, 'device-list'),
    ...listAt(older, 'device'),
  ]);
  if (devices.length === 0) throw Refused.invalid('the list of devices is empty');
  const mode = textAt(request, 'mode') || query.get('mode') || 'overwrite';
  if (mode !== 'overwrite' && mode !== 'merge')
    throw Refused.invalid(`mode ${mode} is neither overwrite nor merge`);
  const name = `Commit template ${template.name}`;
  const task = tasks.start(account, { kind: 'commit', name, devices: [...new Set(devices)], template, mode });
  return answerJson(200, { 'versanms.templateResponse': { taskId: task.id, message: `${name}: started` } });
}
