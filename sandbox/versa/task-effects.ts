import { randomUUID } from 'node:crypto';
import { merged } from './config-tree.js';
import { isObject, objectAt, textAt, type JsonObject } from './json.js';
import type { AccountStore, Appliance, DeviceWorkflow, Template } from './store.js';
import type { Task, TaskFailure } from './task.js';
import { boundValues, variablesIn, withValues } from './variables.js';

type Outcome = Pick<TaskFailure, 'code' | 'message'> | undefined;

const failed = (code: string, message: string): Outcome => ({ code, message });

/** What a task does to one of its devices when it ends; what it gives is why it could not. */
export function applyTask(account: AccountStore, task: Task, device: string): Outcome {
  if (task.kind === 'deploy') return deploy(account, device);
  return task.kind === 'commit' ? commit(account, device, task) : remove(account, device);
}

function remove(account: AccountStore, name: string): Outcome {
  account.workflows.delete(name);
  account.appliances.delete(name);
  return undefined;
}

/** The checks that the Director leaves to the task; then the serial number is an appliance. */
function deploy(account: AccountStore, name: string): Outcome {
  const workflow = account.workflows.get(name);
  if (!workflow) return failed('4404', `device workflow ${name} does not exist`);
  const { body } = workflow;
  const deviceGroup = textAt(body, 'deviceGroup');
  if (!account.deviceGroups.has(deviceGroup))
    return failed('4404', `device group ${deviceGroup} does not exist`);
  const template = account.templates.get(account.templateOf(workflow));
  if (!template?.isDeployed)
    return failed('4404', `template ${account.templateOf(workflow)} does not exist or is not deployed`);
  const serialNumber = textAt(body, 'serialNumber');
  const branchId = textAt(body, 'siteId');
  for (const other of account.appliances.values()) {
    if (other.name === name) continue;
    if (other.serialNumber === serialNumber)
      return failed('4409', `serial number ${serialNumber} belongs to ${other.name}`);
    if (other.branchId === branchId) return failed('4409', `site id ${branchId} belongs to ${other.name}`);
  }
  const values = valuesOf(workflow);
  const unbound = unboundVariable(template, values);
  if (unbound !== undefined) return failed('4001', `variable ${unbound} has no value`);
  account.appliances.set(name, {
    name,
    uuid: account.appliances.get(name)?.uuid ?? randomUUID(),
    branchId,
    serialNumber,
    ownerOrg: textAt(body, 'orgName'),
    deviceGroup,
    template: template.name,
    version: template.version,
    isEdited: false,
    location: objectAt(body, 'locationInfo'),
    bindings: Object.fromEntries(values),
    config: asObject(withValues(template.config, values)),
  });
  workflow.status = 'Deployed';
  return undefined;
}

function commit(account: AccountStore, name: string, task: Task): Outcome {
  const template = account.templates.get(task.template ?? '');
  const appliance = account.appliances.get(name);
  if (!template) return failed('4404', `template ${task.template} does not exist`);
  if (!appliance) return failed('4404', 'the device does not exist');
  if (appliance.template !== template.name)
    return failed('4001', `the device belongs to template ${appliance.template}`);
  const workflow = account.workflows.get(name);
  const values = workflow ? valuesOf(workflow) : new Map(Object.entries(appliance.bindings));
  const unbound = unboundVariable(template, values);
  if (unbound !== undefined) return failed('4001', `variable ${unbound} has no value`);
  push(appliance, template, values, task.mode);
  return undefined;
}

function push(
  appliance: Appliance,
  template: Template,
  values: ReadonlyMap<string, string>,
  mode: Task['mode'],
): void {
  const config = withValues(template.config, values);
  appliance.config = asObject(mode === 'merge' ? merged('', appliance.config, config) : config);
  appliance.version = template.version;
  appliance.isEdited = false;
  appliance.bindings = Object.fromEntries(values);
}

const valuesOf = ({ body }: DeviceWorkflow): Map<string, string> =>
  boundValues(objectAt(objectAt(body, 'postStagingTemplateInfo'), 'templateData'));

const unboundVariable = ({ config }: Template, values: ReadonlyMap<string, string>): string | undefined =>
  [...variablesIn(config)].find((name) => !values.has(name));

const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
