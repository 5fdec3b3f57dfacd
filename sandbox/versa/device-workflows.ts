import type { Answer } from '../admin/exchange.js';
import { answerJson, ERROR_CODES, Refused } from './answers.js';
import { pageOf, param, wrapped, type Call, type Route } from './call.js';
import { isObject, listAt, namesIn, objectAt, textAt, type JsonObject } from './json.js';
import { checkOrganization, nameInPath } from './organizations.js';
import type { AccountStore, DeviceWorkflow } from './store.js';
import type { Task } from './task.js';
import { templateNamed } from './templates.js';
import { bindData, boundValues, variablesIn } from './variables.js';

const BODY = 'versanms.sdwan-device-workflow';
const LIST = '/vnms/sdwan/workflow/devices';
const DEVICE = `${LIST}/device`;
const BIND_DATA = '/nextgen/binddata/templateData/template/{template}/device/{name}';

export const deviceWorkflowRoutes: readonly Route[] = [
  { method: 'GET', path: LIST, operation: 'device:list', handler: list },
  { method: 'POST', path: DEVICE, operation: 'device:create', handler: create },
  { method: 'PUT', path: DEVICE, operation: 'device:update', handler: update },
  { method: 'PUT', path: `${DEVICE}/{name}`, operation: 'device:update', handler: update },
  { method: 'GET', path: `${DEVICE}/{name}`, operation: 'device:get', handler: get },
  { method: 'POST', path: `${DEVICE}/bulkDeploy`, operation: 'device:bulkDeploy', handler: bulkDeploy },
  { method: 'POST', path: `${DEVICE}/deploy/{name}`, operation: 'device:deploy', handler: deployOne },
  {
    method: 'POST',
    path: `${DEVICE}/template/data/{name}`,
    operation: 'device:bindVariables',
    handler: bindVariables,
  },
  { method: 'DELETE', path: `${LIST}/{name}`, operation: 'device:delete', handler: remove },
  { method: 'DELETE', path: `${DEVICE}/{name}`, operation: 'device:delete', handler: remove },
  { method: 'GET', path: BIND_DATA, operation: 'bindData:get', handler: getBindData },
  { method: 'PUT', path: BIND_DATA, operation: 'bindData:update', handler: putBindData },
];

function workflowNamed({ account }: Call, name: string): DeviceWorkflow {
  const workflow = account.workflows.get(name);
  if (!workflow) throw Refused.notFound(`device workflow ${name}`);
  return workflow;
}

const describe = ({ body, status }: DeviceWorkflow): JsonObject => ({ ...body, status });

function list(call: Call) {
  const { items, totalCount } = pageOf(call, [...call.account.workflows.values()]);
  return answerJson(200, { totalCount, 'versanms.sdwan-device-list': items.map(describe) });
}

function get(call: Call) {
  return answerJson(200, { [BODY]: describe(workflowNamed(call, nameInPath(call))) });
}

const REQUIRED = ['deviceName', 'serialNumber', 'deviceGroup', 'siteId'];

/** The form is checked at once; whether group, template, id and serial number fit is for the deploy to find out. */
function readWorkflow(call: Call): { name: string; body: JsonObject } {
  const body = wrapped(call.body, BODY);
  const missing = REQUIRED.find((key) => textAt(body, key) === '');
  if (missing !== undefined) throw Refused.invalid(`${missing} is missing`);
  checkOrganization(call, textAt(body, 'orgName'));
  return { name: textAt(body, 'deviceName'), body };
}

function create(call: Call) {
  const { name, body } = readWorkflow(call);
  if (call.account.workflows.has(name))
    throw Refused.business(ERROR_CODES.exists, `device workflow ${name} exists already`);
  call.account.workflows.set(name, { name, body, status: 'Saved' });
  return answerJson(200, { [BODY]: body });
}

/** Reaches the device with its next deploy or with the next commit of its template. */
function update(call: Call) {
  const { name, body } = readWorkflow(call);
  if (nameInPath(call) !== '' && nameInPath(call) !== name) throw Refused.invalid('deviceName cannot change');
  const workflow = workflowNamed(call, name);
  checkIdle(call, name);
  workflow.body = body;
  markEdited(call.account, name);
  return answerJson(200, { [BODY]: describe(workflow) });
}

function markEdited(account: AccountStore, name: string): void {
  const appliance = account.appliances.get(name);
  if (appliance) appliance.isEdited = true;
}

function checkIdle({ account, tasks }: Call, name: string): void {
  const task = tasks.activeTaskOf(account, name);
  if (task)
    throw Refused.business(ERROR_CODES.busy, `device ${name} is busy: ${task.name}`, `task ${task.id}`);
}

function deployOne(call: Call) {
  return deploy(call, [nameInPath(call)], `Deploy device ${nameInPath(call)}`);
}

function bulkDeploy(call: Call) {
  const sent = isObject(call.body) ? call.body : {};
  const names = [...new Set(namesIn(listAt(sent, 'device-list')))];
  if (names.length === 0) throw Refused.invalid('device-list is empty');
  return deploy(call, names, `Deploy ${names.length} devices`);
}

function deploy(call: Call, devices: string[], name: string): Answer {
  for (const device of devices) {
    workflowNamed(call, device);
    checkIdle(call, device);
  }
  return answerTask(call.tasks.start(call.account, { kind: 'deploy', name, devices }));
}

function remove(call: Call) {
  const name = nameInPath(call);
  workflowNamed(call, name);
  checkIdle(call, name);
  return answerTask(
    call.tasks.start(call.account, { kind: 'delete', name: `Delete device ${name}`, devices: [name] }),
  );
}

function answerTask({ id }: Task): Answer {
  const href = `vnms/tasks/task/${id}`;
  const link = { href, rel: 'self', type: 'application/json' };
  return answerJson(202, { TaskResponse: { 'task-id': id, link } }, { Location: `/${href}` });
}

/** The variables of the device's template, with the values that the device has so far. */
function bindVariables(call: Call) {
  const name = nameInPath(call);
  const workflow = call.account.workflows.get(name);
  const sent = isObject(call.body) ? objectAt(call.body, BODY) : {};
  const used = workflow ?? { name, body: sent, status: 'Saved' as const };
  const template = templateNamed(call, call.account.templateOf(used));
  return answerJson(200, bindData(template.name, variablesIn(template.config), valuesOf(used)));
}

const valuesOf = ({ body }: DeviceWorkflow): Map<string, string> =>
  boundValues(objectAt(objectAt(body, 'postStagingTemplateInfo'), 'templateData'));

function workflowOfTemplate(call: Call): DeviceWorkflow {
  const workflow = workflowNamed(call, nameInPath(call));
  if (call.account.templateOf(workflow) !== param(call, 'template'))
    throw Refused.notFound(`bind data of ${workflow.name} for template ${param(call, 'template')}`);
  return workflow;
}

function getBindData(call: Call) {
  const workflow = workflowOfTemplate(call);
  const template = templateNamed(call, param(call, 'template'));
  const values = valuesOf(workflow);
  return answerJson(
    200,
    bindData(template.name, new Set([...variablesIn(template.config), ...values.keys()]), values),
  );
}

function putBindData(call: Call) {
  const workflow = workflowOfTemplate(call);
  const templateData = { 'device-template-variable': wrapped(call.body, 'device-template-variable') };
  checkIdle(call, workflow.name);
  const info = objectAt(workflow.body, 'postStagingTemplateInfo');
  workflow.body = { ...workflow.body, postStagingTemplateInfo: { ...info, templateData } };
  markEdited(call.account, workflow.name);
  return answerJson(200, templateData);
}
