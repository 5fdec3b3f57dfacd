import { randomUUID } from 'node:crypto';
import { objectAt, textAt, type JsonObject } from './json.js';
import type { Task } from './task.js';

/** What the simulated Director stores for one organisation. Bodies are kept as they were sent. */
export interface Organization {
  name: string;
  uuid: string;
  parent: string | null;
}

export interface Template {
  name: string;
  organization: string;
  type: string;
  workflow: JsonObject;
  isDeployed: boolean;
  /** Grows with every edit; a device that was committed at another one is out of sync. */
  version: number;
  /** Who holds the template, when it is not a commit: set by tests. */
  lockedBy: string | null;
  config: JsonObject;
}

export interface DeviceGroup {
  name: string;
  body: JsonObject;
}

export interface DeviceWorkflow {
  name: string;
  body: JsonObject;
  status: 'Saved' | 'Deployed';
}

export interface Appliance {
  name: string;
  uuid: string;
  branchId: string;
  serialNumber: string;
  ownerOrg: string;
  deviceGroup: string;
  template: string;
  /** The template's version that the device has. */
  version: number;
  /** Its own bind data were edited since. */
  isEdited: boolean;
  location: JsonObject;
  bindings: Record<string, string>;
  config: JsonObject;
}

export interface SavedAccount {
  id: string;
  nextBranchId: number;
  organizations: Organization[];
  templates: Template[];
  deviceGroups: DeviceGroup[];
  workflows: DeviceWorkflow[];
  appliances: Appliance[];
  tasks: Task[];
  root: JsonObject;
}

const fill = <T extends { name: string }>(target: Map<string, T>, items: readonly T[]): void => {
  for (const item of items) target.set(item.name, item);
};

function putBack<T extends object>(items: Map<string, T>, name: string): () => void {
  const item = items.get(name);
  const copy = item && { ...item };
  return () => {
    if (copy) items.set(name, copy);
    else items.delete(name);
  };
}

export class AccountStore {
  readonly id: string;
  readonly organizations = new Map<string, Organization>();
  readonly templates = new Map<string, Template>();
  readonly deviceGroups = new Map<string, DeviceGroup>();
  readonly workflows = new Map<string, DeviceWorkflow>();
  readonly appliances = new Map<string, Appliance>();
  readonly tasks = new Map<string, Task>();
  /** Tasks that have not ended, oldest first. */
  readonly activeTasks = new Set<Task>();
  /** Configuration data that belongs to no template or device. */
  root: JsonObject = {};
  nextBranchId = 101;

  constructor(id: string) {
    this.id = id;
    this.organizations.set(id, { name: id, uuid: randomUUID(), parent: null });
  }

  /** An edit: every device of the template is out of sync until it is committed. */
  editTemplate(template: Template, config: JsonObject): void {
    template.config = config;
    template.version += 1;
  }

  syncStatus({ template, version, isEdited }: Appliance): 'IN_SYNC' | 'OUT_OF_SYNC' {
    const current = this.templates.get(template)?.version ?? version;
    return isEdited || current !== version ? 'OUT_OF_SYNC' : 'IN_SYNC';
  }

  templateOf({ body }: DeviceWorkflow): string {
    return (
      textAt(objectAt(body, 'postStagingTemplateInfo'), 'templateName') ||
      textAt(this.deviceGroups.get(textAt(body, 'deviceGroup'))?.body ?? {}, 'dg:poststaging-template')
    );
  }

  /** Takes note of devices as they are, and gives what brings them back. */
  checkpoint(devices: readonly string[]): () => void {
    const undo = devices.flatMap((name) => [putBack(this.workflows, name), putBack(this.appliances, name)]);
    return () => {
      for (const one of undo) one();
    };
  }

  /** The devices of a group, as they are. */
  inventoryOf(group: string): string[] {
    return [...this.appliances.values()]
      .filter(({ deviceGroup }) => deviceGroup === group)
      .map(({ name }) => name);
  }

  save(): SavedAccount {
    return {
      id: this.id,
      nextBranchId: this.nextBranchId,
      organizations: [...this.organizations.values()],
      templates: [...this.templates.values()],
      deviceGroups: [...this.deviceGroups.values()],
      workflows: [...this.workflows.values()],
      appliances: [...this.appliances.values()],
      tasks: [...this.tasks.values()],
      root: this.root,
    };
  }

  static load(saved: SavedAccount, now: number): AccountStore {
    const account = new AccountStore(saved.id);
    fill(account.organizations, saved.organizations);
    fill(account.templates, saved.templates);
    fill(account.deviceGroups, saved.deviceGroups);
    fill(account.workflows, saved.workflows);
    fill(account.appliances, saved.appliances);
    for (const task of saved.tasks) {
      account.tasks.set(task.id, task);
      if (task.status !== 'IN_PROGRESS') continue;
      // The clock of the earlier process may have been ahead of this one's.
      task.createdAt = Math.min(task.createdAt, now);
      if (task.startedAt !== null) task.startedAt = Math.min(task.startedAt, now);
      account.activeTasks.add(task);
    }
    account.root = saved.root;
    account.nextBranchId = saved.nextBranchId;
    return account;
  }
}

export interface SavedStore {
  nextTaskId: number;
  accounts: SavedAccount[];
}

export class VersaStore {
  readonly #accounts = new Map<string, AccountStore>();
  #nextTaskId = 1001;

  account(id: string): AccountStore {
    let account = this.#accounts.get(id);
    if (!account) this.#accounts.set(id, (account = new AccountStore(id)));
    return account;
  }

  existing(id: string): AccountStore | undefined {
    return this.#accounts.get(id);
  }

  accountIds(): string[] {
    return [...this.#accounts.keys()];
  }

  nextTaskId(): string {
    return String(this.#nextTaskId++);
  }

  /** Numbers go on: a task that a client still polls must not come to be another one. */
  reset(): void {
    this.#accounts.clear();
  }

  save(): SavedStore {
    return {
      nextTaskId: this.#nextTaskId,
      accounts: [...this.#accounts.values()].map((account) => account.save()),
    };
  }

  load({ nextTaskId, accounts }: SavedStore, now: number): void {
    this.#accounts.clear();
    this.#nextTaskId = nextTaskId;
    for (const saved of accounts) this.#accounts.set(saved.id, AccountStore.load(saved, now));
  }
}
