import { BadAdminRequest, NoSuchObject, type ObjectReference } from '../admin/vendor-simulator.js';
import { isObject } from './json.js';
import type { AccountStore, Appliance, Template } from './store.js';

const KINDS = ['organization', 'template', 'deviceGroup', 'workflow', 'appliance'] as const;

type Named = { name: string };

const all = <T>(items: Map<string, T> | undefined): T[] => structuredClone([...(items?.values() ?? [])]);

/** Everything the organisation has at the Director: for tests alone. */
export function objectsOf(account: AccountStore | undefined): Record<string, unknown[]> {
  return {
    organizations: all(account?.organizations),
    templates: all(account?.templates),
    deviceGroups: all(account?.deviceGroups),
    workflows: all(account?.workflows),
    appliances: [...(account?.appliances.values() ?? [])].map((one) => ({
      ...structuredClone(one),
      syncStatus: account?.syncStatus(one),
    })),
    tasks: all(account?.tasks),
  };
}

export function mutateObject(
  account: AccountStore,
  reference: ObjectReference,
  set: Readonly<Record<string, unknown>>,
): unknown {
  const object = find(account, reference);
  for (const [key, value] of Object.entries(set)) {
    if (!Object.hasOwn(object, key) || key === 'name')
      throw new BadAdminRequest(
        `set.${key}: a ${reference.kind} has no such field; it has ${Object.keys(object).join(', ')}`,
      );
    if ((key === 'config' || key === 'body') && !isObject(value))
      throw new BadAdminRequest(`set.${key}: must be an object`);
  }
  // An edit by hand is an edit: the devices of the template are out of sync.
  Object.assign(object, set);
  if (reference.kind === 'template' && 'config' in set && 'version' in object) object.version += 1;
  return structuredClone(object);
}

export function removeObject(account: AccountStore, reference: ObjectReference): void {
  collection(account, reference.kind).delete(find(account, reference).name);
}

function collection(account: AccountStore, kind: string): Map<string, Named | Template | Appliance> {
  switch (kind) {
    case 'organization':
      return account.organizations;
    case 'template':
      return account.templates;
    case 'deviceGroup':
      return account.deviceGroups;
    case 'workflow':
      return account.workflows;
    case 'appliance':
      return account.appliances;
    default:
      throw new BadAdminRequest(`kind: "${kind}" is unknown; known: ${KINDS.join(', ')}`);
  }
}

/** Names are the Director's ids; an appliance, and an organisation, has a uuid besides. */
function find(account: AccountStore, { kind, id, name }: ObjectReference): Named | Template | Appliance {
  const objects = collection(account, kind);
  const found =
    objects.get(name ?? id ?? '') ?? [...objects.values()].find((one) => 'uuid' in one && one.uuid === id);
  if (!found) throw new NoSuchObject(`organisation ${account.id} has no ${kind} ${id ?? name}`);
  return found;
}
